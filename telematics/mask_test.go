package telematics_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/telematics"
)

func TestMask(t *testing.T) {
	for name, row := range map[string]struct {
		kind            telematics.Kind
		value, out, log string
	}{
		"IMEI: TAC and last 2":        {"imei", imei, "35209900*****81", ""},
		"IMEISV: like IMEI":           {"imeisv", imeisv, "35209900******23", ""},
		"IMEI: too short":             {"imei", imei[:11], "***********", ""},
		"IMEI: an ICCID by mistake":   {"imei", iccid, "*******************", ""},
		"ICCID: first 7 and last 4":   {"iccid", iccid, "8949000********1230", ""},
		"ICCID: 20":                   {"iccid", iccid0, "8949000*********2341", ""},
		"ICCID: an EID by mistake":    {"iccid", eid, strings.Repeat("*", 32), ""},
		"IMSI: first 5":               {"imsi", imsi, "26201**********", ""},
		"IMSI: too short":             {"imsi", "262011234", "*********", ""},
		"MSISDN: last 4":              {"msisdn", msisdn, "*********5678", ""},
		"MSISDN: too short":           {"msisdn", "1234567", "*******", ""},
		"EID: last 4":                 {"eid", eid, strings.Repeat("*", 28) + "1235", ""},
		"VIN: WMI and last 4 in logs": {"vin", vinUS, vinUS, "1M8**********2788"},
		"VIN: malformed":              {"vin", vinUS[:16], vinUS[:16], "****************"},
		"serial: masked in logs":      {"serial", "A2C1234567890", "A2C1234567890", "A2C******7890"},
		"serial: short":               {"serial", "12345678901", "12345678901", "***********"},
		"part number: in clear":       {"part-number", "84109385521", "84109385521", ""},
		"software: in clear":          {"software", "012.045.002", "012.045.002", ""},
		"hardware: in clear":          {"hardware", "H07", "H07", ""},
		"no kind: nothing":            {"colour", "352099001761481", "***************", ""},
		"empty":                       {"imei", "", "", ""},
		"a character is one star":     {"imsi", "26201ä", "******", ""},
		"no control characters":       {"imsi", "26\x1b01567890", "26*01******", ""},
	} {
		t.Run(name, func(t *testing.T) {
			log := row.log
			if log == "" {
				log = row.out
			}
			require.Equal(t, row.out, telematics.Mask(row.kind, row.value))
			require.Equal(t, log, telematics.MaskLog(row.kind, row.value))
		})
	}
}

// allowed is how many characters a log may show, first and last.
var allowed = map[telematics.Kind][2]int{
	telematics.KindIMEI: {8, 2}, telematics.KindIMEISV: {8, 2}, telematics.KindICCID: {7, 4}, telematics.KindIMSI: {5, 0},
	telematics.KindMSISDN: {0, 4}, telematics.KindEID: {0, 4}, telematics.KindVIN: {3, 4}, telematics.KindSerial: {3, 4},
}

func FuzzMask(f *testing.F) {
	for i, v := range []string{vinUS, imei, imeisv, iccid, imsi, msisdn, eid, "A2C1234567890", "\xff\xfe", "ä"} {
		f.Add(uint8(i), v)
	}
	f.Fuzz(func(t *testing.T, n uint8, value string) {
		kind := telematics.Kinds()[int(n)%len(telematics.Kinds())]
		limit, personal := allowed[kind]
		if !personal {
			require.Equal(t, value, telematics.Mask(kind, value))
			return
		}
		masked := []rune(telematics.MaskLog(kind, value))
		require.Len(t, masked, utf8.RuneCountInString(value))
		for i, c := range masked {
			if i >= limit[0] && i < len(masked)-limit[1] {
				require.Equal(t, '*', c)
			}
		}
	})
}

func TestRedactText(t *testing.T) {
	for name, row := range map[string]struct{ text, want string }{
		"nothing to hide":            {"61: 22 D05A answered after 312ms", "61: 22 D05A answered after 312ms"},
		"15 digits: IMEI or IMSI":    {"imei=" + imei + ".", "imei=35209**********."},
		"16 digits":                  {imeisv, "35209900******23"},
		"ICCID":                      {"iccid " + iccid, "iccid 8949000********1230"},
		"ICCID with letters":         {"898600A0000000000123", "898600A*********0123"},
		"19 digits, no ICCID":        {"1234567890123456789", "*******************"},
		"EID":                        {eid, strings.Repeat("*", 28) + "1235"},
		"14 digits":                  {"35209900176148", "**************"},
		"13 digits: a time in ms":    {"1764150000000", "1764150000000"},
		"telephone number":           {"call +4915112345678!", "call +*********5678!"},
		"no telephone number":        {"1+1234567", "1+1234567"},
		"VIN":                        {"vin_" + vinUS + ",", "vin_1M8**********2788,"},
		"VIN in small letters":       {strings.ToLower(vinUS), "1m8**********2788"},
		"VIN, check digit wrong":     {"1M8GDM9A1KP042788", "1M8**********2788"},
		"a word of 17 letters":       {"characterlessness", "characterlessness"},
		"17 digits":                  {"12345678901234567", "*****************"},
		"a number inside a word":     {"imei" + imei + "x", "imei35209**********x"},
		"other alphabets stay":       {"Gerät „" + imei + "“", "Gerät „35209**********“"},
		"two of them":                {imei + " " + vinUS, "35209********** 1M8**********2788"},
		"an answer in hex, unbroken": {"393831323334353637", "******************"},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, row.want, telematics.RedactText(row.text)) })
	}
}

func FuzzRedactText(f *testing.F) {
	f.Add("imei " + imei + " of " + vinUS)
	f.Add("+4915112345678 \xff")
	f.Fuzz(func(t *testing.T, text string) {
		out := telematics.RedactText(text)
		require.Len(t, out, len(text))
		run := 0
		for i := range len(out) {
			if out[i] < '0' || out[i] > '9' {
				run = 0
				continue
			}
			run++
			require.Less(t, run, 14)
		}
		require.NotContains(t, telematics.RedactText(text+" "+eid+"/"+imei+" "+text), imei)
	})
}

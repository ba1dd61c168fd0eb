package telematics_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/telematics"
)

const (
	imei   = "352099001761481"     // Luhn holds
	imeisv = "3520990017614823"    // no check digit
	iccid  = "8949000000000001230" // 19 digits, Luhn holds
	iccid0 = "89490000000000012341"
	imsi   = "262011234567890"
	msisdn = "4915112345678"
	eid    = "89049032123451234512345678901235"
	vinEU  = "WBA00000000000000" // well-formed; Europe needs no check digit
	vinUS  = "1M8GDM9AXKP042788"
)

func TestIdentify(t *testing.T) {
	for name, row := range map[string]struct {
		kind, wantKind telematics.Kind
		text, value    string
		valid          bool
		problem        telematics.Problem
	}{
		"IMEI: Luhn over 15 digits":         {kind: "imei", text: imei, value: imei, valid: true},
		"IMEI: dashes are for the reader":   {kind: "imei", text: "35-209900-176148-1", value: imei, valid: true},
		"IMEI: a slip breaks the check":     {kind: "imei", text: "352099001761482", value: "352099001761482", problem: "check-digit"},
		"IMEI: 14 digits and 0":             {kind: "imei", text: "352099001761480", value: imei, valid: true, problem: "spare-digit"},
		"IMEI: 14 digits":                   {kind: "imei", text: "35209900176148", value: imei, valid: true, problem: "spare-digit"},
		"IMEI: trailing F":                  {kind: "imei", text: imei + "F", value: imei, valid: true},
		"IMEI: 16 digits are an IMEISV":     {kind: "imei", wantKind: "imeisv", text: imeisv, value: imeisv, valid: true},
		"IMEI: 13 digits":                   {kind: "imei", text: imei[:13], value: imei[:13], problem: "length"},
		"IMEI: 17 digits":                   {kind: "imei", text: imei + "12", value: imei + "12", problem: "length"},
		"IMEI: letters":                     {kind: "imei", text: "35209900176148x", value: "35209900176148X", problem: "characters"},
		"IMEISV: 16 digits, no check digit": {kind: "imeisv", text: imeisv, value: imeisv, valid: true},
		"IMEISV: 15 digits":                 {kind: "imeisv", text: imei, value: imei, problem: "length"},
		"IMEISV: letters":                   {kind: "imeisv", text: "352099001761482A", value: "352099001761482A", problem: "characters"},

		"ICCID: Luhn over 19":                {kind: "iccid", text: iccid, value: iccid, valid: true},
		"ICCID: Luhn over 20":                {kind: "iccid", text: iccid0, value: iccid0, valid: true},
		"ICCID: 19 and F":                    {kind: "iccid", text: iccid + "F", value: iccid, valid: true},
		"ICCID: 20 fail, the first 19 hold":  {kind: "iccid", text: iccid + "8", value: iccid, valid: true},
		"ICCID: Luhn fails":                  {kind: "iccid", text: "8949000000000001233", value: "8949000000000001233", problem: "check-digit"},
		"ICCID: 20, neither holds":           {kind: "iccid", text: "89490000000000012334", value: "89490000000000012334", problem: "check-digit"},
		"ICCID: 18 digits":                   {kind: "iccid", text: iccid[:18], value: iccid[:18], problem: "length"},
		"ICCID: not 89":                      {kind: "iccid", text: "9849000000000001230", value: "9849000000000001230", problem: "prefix"},
		"ICCID: letters":                     {kind: "iccid", text: "8949A00000000001232", value: "8949A00000000001232", problem: "characters"},
		"ICCID: Chinese letters are no harm": {kind: "iccid", text: "898600a0000000000123", value: "898600A0000000000123", valid: true, problem: "issuer-letters"},
		"ICCID: Chinese, Luhn fails":         {kind: "iccid", text: "8986000000000001233", value: "8986000000000001233", valid: true, problem: "issuer-check-digit"},
		"ICCID: Chinese, no hex letter":      {kind: "iccid", text: "8986G000000000001233", value: "8986G000000000001233", problem: "characters"},

		"IMSI: 15 digits":              {kind: "imsi", text: imsi, value: imsi, valid: true},
		"IMSI: 901 is international":   {kind: "imsi", text: "901370000000001", value: "901370000000001", valid: true},
		"IMSI: fill":                   {kind: "imsi", text: "26201123456789F", value: "26201123456789", valid: true},
		"IMSI: no such country 1":      {kind: "imsi", text: "162011234567890", value: "162011234567890", problem: "country"},
		"IMSI: no such country 902":    {kind: "imsi", text: "902011234567890", value: "902011234567890", problem: "country"},
		"IMSI: first and last country": {kind: "imsi", text: "799011234567890", value: "799011234567890", valid: true},
		"IMSI: 16 digits":              {kind: "imsi", text: imsi + "1", value: imsi + "1", problem: "length"},
		"IMSI: 5 digits":               {kind: "imsi", text: "26201", value: "26201", problem: "length"},
		"IMSI: letters":                {kind: "imsi", text: "26201x", value: "26201X", problem: "characters"},

		"MSISDN: E.164":             {kind: "msisdn", text: msisdn, value: msisdn, valid: true},
		"MSISDN: plus and spaces":   {kind: "msisdn", text: "+49 151 12345678", value: msisdn, valid: true},
		"MSISDN: 16 digits":         {kind: "msisdn", text: "4915112345678901", value: "4915112345678901", problem: "length"},
		"MSISDN: no country code":   {kind: "msisdn", text: "015112345678", value: "015112345678", problem: "country"},
		"MSISDN: letters":           {kind: "msisdn", text: "0151-CALL-ME", value: "0151CALLME", problem: "characters"},
		"MSISDN: nothing but plus":  {kind: "msisdn", text: "+", value: "+", problem: "characters"},
		"MSISDN: often empty":       {kind: "msisdn", text: "   ", problem: "blank"},
		"EID: mod 97 is 1":          {kind: "eid", text: eid, value: eid, valid: true},
		"EID: mod 97 is not 1":      {kind: "eid", text: eid[:31] + "6", value: eid[:31] + "6", problem: "check-digit"},
		"EID: 89 is not asked for":  {kind: "eid", text: "12345678901234567890123456789039", value: "12345678901234567890123456789039", valid: true},
		"EID: 31 digits":            {kind: "eid", text: eid[:31], value: eid[:31], problem: "length"},
		"EID: letters":              {kind: "eid", text: eid[:31] + "X", value: eid[:31] + "X", problem: "characters"},
		"VIN: Europe":               {kind: "vin", text: strings.ToLower(vinEU), value: vinEU, valid: true},
		"VIN: America":              {kind: "vin", text: vinUS, value: vinUS, valid: true},
		"VIN: American check digit": {kind: "vin", text: "1M8GDM9A1KP042788", value: "1M8GDM9A1KP042788", problem: "check-digit"},
		"VIN: Chinese check digit":  {kind: "vin", text: "L0000000000000000", value: "L0000000000000000", problem: "check-digit"},
		"VIN: 16 characters":        {kind: "vin", text: vinEU[:16], value: vinEU[:16], problem: "length"},
		"VIN: no I":                 {kind: "vin", text: "WBI00000000000000", value: "WBI00000000000000", problem: "characters"},
		"VIN: no O":                 {kind: "vin", text: "WBO00000000000000", value: "WBO00000000000000", problem: "characters"},
		"VIN: no Q":                 {kind: "vin", text: "WBQ00000000000000", value: "WBQ00000000000000", problem: "characters"},
		"VIN: blanks":               {kind: "vin", text: strings.Repeat(" ", 17), problem: "blank"},
		"VIN: zeros":                {kind: "vin", text: strings.Repeat("0", 17), value: strings.Repeat("0", 17), problem: "wiped"},
		"VIN: dummy":                {kind: "vin", text: strings.Repeat("1", 17), value: strings.Repeat("1", 17), problem: "wiped"},
		"IMEI: zeros":               {kind: "imei", text: strings.Repeat("0", 15), value: strings.Repeat("0", 15), problem: "wiped"},
		"ICCID: F":                  {kind: "iccid", text: strings.Repeat("f", 20), value: strings.Repeat("F", 20), problem: "wiped"},
		"EID: NUL":                  {kind: "eid", text: "\x00\x00", problem: "blank"},

		"serial: as printed":               {kind: "serial", text: " 00aB-17/x ", value: "00aB-17/x", valid: true},
		"serial: zeros":                    {kind: "serial", text: "0000", value: "0000", problem: "wiped"},
		"part number: as printed":          {kind: "part-number", text: "84 10 9 385 521", value: "84 10 9 385 521", valid: true},
		"software: a version may be 00":    {kind: "software", text: "00", value: "00", valid: true},
		"hardware: a version may be FF":    {kind: "hardware", text: "FF", value: "FF", valid: true},
		"software: not printable":          {kind: "software", text: "a\x1b[2J", value: "611B5B324A", problem: "characters"},
		"hardware: blank":                  {kind: "hardware", text: "", problem: "blank"},
		"IMEI: never steers a terminal":    {kind: "imei", text: "35\x1b[2J", value: "33351B5B324A", problem: "characters"},
		"VIN: not ASCII":                   {kind: "vin", text: "WBAÄ", value: "574241C384", problem: "length"},
		"part number: letters beyond ours": {kind: "part-number", text: "Ä", value: "C384", problem: "characters"},
	} {
		t.Run(name, func(t *testing.T) {
			want := telematics.Identifier{Kind: row.kind, Value: row.value, Valid: row.valid, Problem: row.problem}
			if row.wantKind != "" {
				want.Kind = row.wantKind
			}
			require.Empty(t, cmp.Diff(want, telematics.Identify(row.kind, row.text)))
		})
	}
}

func TestStoredTellsClearedFromWrong(t *testing.T) {
	require.False(t, telematics.Identify("imei", "").Stored())
	require.False(t, telematics.Identify("imei", "000000000000000").Stored())
	require.True(t, telematics.Identify("imei", "12").Stored())
	require.True(t, telematics.Identify("imei", imei).Stored())
}

func TestIdentifierPrintsForLogs(t *testing.T) {
	require.Equal(t, `imei "35209900*****81"`, telematics.Identify("imei", imei).String())
	require.Equal(t, `vin "1M8**********2788" (check-digit)`, telematics.Identify("vin", "1M8GDM9A1KP042788").String())
}

func FuzzIdentify(f *testing.F) {
	for i, text := range []string{imei, imeisv, iccid, iccid0 + "F", imsi, "+" + msisdn, eid, vinUS, "", "\xff\x00"} {
		f.Add(uint8(i), text)
	}
	f.Fuzz(func(t *testing.T, n uint8, text string) {
		kinds := telematics.Kinds()
		id := telematics.Identify(kinds[int(n)%len(kinds)], text)
		again := telematics.Identify(id.Kind, id.Value)
		require.Equal(t, id.Value, again.Value)
		require.LessOrEqual(t, len(id.Value), 2*len(text)+1)
		require.NotContains(t, id.Value, "\x1b")
		if id.Valid && id.Problem != telematics.SpareDigit {
			require.Equal(t, id, again)
		}
	})
}

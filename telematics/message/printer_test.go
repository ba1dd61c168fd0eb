package message_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/telematics"
	"github.com/untether-obd/untether/telematics/message"
)

func TestFromEnv(t *testing.T) {
	for name, row := range map[string]struct {
		env  map[string]string
		want message.Language
	}{
		"nothing set":                {nil, message.English},
		"LANG":                       {map[string]string{"LANG": "de_DE.UTF-8"}, message.German},
		"LC_MESSAGES before LANG":    {map[string]string{"LANG": "de_DE.UTF-8", "LC_MESSAGES": "en_GB.UTF-8"}, message.English},
		"LC_ALL before all":          {map[string]string{"LANG": "en_US", "LC_MESSAGES": "en_US", "LC_ALL": "de_AT@euro"}, message.German},
		"an empty one is not set":    {map[string]string{"LANG": "de", "LC_ALL": ""}, message.German},
		"C is English":               {map[string]string{"LC_ALL": "C", "LANG": "de_DE"}, message.English},
		"C.UTF-8 is English":         {map[string]string{"LANG": "C.UTF-8"}, message.English},
		"not spoken here":            {map[string]string{"LANG": "fr_FR.UTF-8"}, message.English},
		"not every de is German":     {map[string]string{"LANG": "den_CA"}, message.English},
		"case and BCP 47 do no harm": {map[string]string{"LANG": "DE-ch"}, message.German},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, row.want, message.FromEnv(func(k string) string { return row.env[k] }))
		})
	}
}

func TestTextsInBothLanguages(t *testing.T) {
	en, de := message.For(message.English), message.For(message.German)
	for _, row := range []struct {
		say  func(p *message.Printer) string
		want [2]string
	}{
		{
			func(p *message.Printer) string { return p.Text(message.CoverageCounts, 1234, 1230, 3, 1) },
			[2]string{
				"1,234 requests: 1,230 answered, 3 refused, 1 without an answer",
				"1.234 Anfragen: 1.230 beantwortet, 3 abgelehnt, 1 ohne Antwort",
			},
		},
		{
			func(p *message.Printer) string { return p.Text(message.InterfaceDown, "can0") },
			[2]string{
				"The CAN interface can0 is switched off. Switch it on: ip link set can0 up (a real one needs its bit rate first: ip link set can0 type can bitrate 500000)",
				"Die CAN-Schnittstelle can0 ist abgeschaltet. Schalten Sie sie ein: ip link set can0 up (eine echte braucht zuerst ihre Bitrate: ip link set can0 type can bitrate 500000)",
			},
		},
		{
			func(p *message.Printer) string { return p.Text(message.UnknownScheme, "usb", "sim, replay") },
			[2]string{
				`There is no adapter type "usb". Use one of: sim, replay.`,
				"Es gibt keinen Adaptertyp „usb“. Möglich sind: sim, replay.",
			},
		},
		{
			func(p *message.Printer) string { return p.Finding(telematics.SupplyLow, 12.1) },
			[2]string{
				"The supply is low: 12.1 V. Connect a charger.",
				"Die Bordspannung ist niedrig: 12,1 V. Schließen Sie ein Ladegerät an.",
			},
		},
		{func(p *message.Printer) string { return p.Kind(telematics.KindVIN) }, [2]string{"VIN", "FIN"}},
		{func(p *message.Printer) string { return p.Problem(telematics.Length) }, [2]string{"wrong length", "falsche Länge"}},
		{func(p *message.Printer) string { return p.Signal(telematics.PairedPhones) }, [2]string{"paired phones", "gekoppelte Telefone"}},
		{func(p *message.Printer) string { return p.Value(telematics.Roaming) }, [2]string{"registered, roaming", "angemeldet, Roaming"}},
		{func(p *message.Printer) string { return p.Value("2") }, [2]string{"2", "2"}},
		{func(p *message.Printer) string { return p.Role("head-unit") }, [2]string{"head unit", "Bediensystem"}},
		{func(p *message.Printer) string { return p.Severity(telematics.Warning) }, [2]string{"warning", "Warnung"}},
		{func(p *message.Printer) string { return p.MatchedBy(telematics.MatchedByUser) }, [2]string{"chosen by you", "von Ihnen gewählt"}},
		{func(p *message.Printer) string { return p.TroubleStatus("stored") }, [2]string{"stored", "gespeichert"}},
		{func(p *message.Printer) string { return p.Trouble("") }, [2]string{"no public text", "kein öffentlicher Text"}},
		{
			func(p *message.Printer) string {
				return p.Trouble("telematics unit: fault in the GSM module (FD80)")
			},
			[2]string{"telematics unit: fault in the GSM module (FD80)", "Telematik-Steuergerät: Fehler im GSM-Modul (FD80)"},
		},
		{func(p *message.Printer) string { return p.Trouble("a new one") }, [2]string{"a new one", "a new one"}},
		{
			func(p *message.Printer) string { return p.Refusal(0x33) },
			[2]string{"locked: needs the maker's access", "gesperrt: braucht einen Herstellerzugang"},
		},
		{
			func(p *message.Printer) string { return p.Refusal(0xF0) },
			[2]string{"the unit refuses (code F0)", "das Steuergerät lehnt ab (Code F0)"},
		},
		{func(p *message.Printer) string { return p.Choose("the app", "die App") }, [2]string{"the app", "die App"}},
		{func(p *message.Printer) string { return p.Choose("the app", "") }, [2]string{"the app", "the app"}},
	} {
		require.Equal(t, row.want, [2]string{row.say(en), row.say(de)})
	}
}

func TestALanguageNobodySpeaksHereIsEnglish(t *testing.T) {
	require.Equal(t, "Model year", message.For("fr").Text(message.ModelYear))
}

func TestPrinterServesSeveralGoroutines(t *testing.T) {
	p := message.For(message.German)
	said := make(chan string)
	for range 4 {
		go func() { said <- p.Text(message.CoverageCounts, 4, 3, 1, 0) }()
	}
	for range 4 {
		require.Equal(t, "4 Anfragen: 3 beantwortet, 1 abgelehnt, 0 ohne Antwort", <-said)
	}
}

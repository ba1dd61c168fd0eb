package velm_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestFlowControl(t *testing.T) {
	const first11, first29 = "7E8#1014490201574241", "18DAF110#1014490201574241"
	for _, row := range []struct {
		rule     string
		dongle   string
		commands string
		first    string
		want     []string
	}{
		{"by itself: eight below the sender", "elm-2.2", "", first11, []string{"7E0#3000000000000000"}},
		{"by itself on 29 bits: back to the sender", "elm-2.2", "ATSP7", first29, []string{"18DA10F1#3000000000000000"}},
		{"by itself it is wrong elsewhere", "elm-2.2", "ATCRA 768", "768#1014490201574241", []string{"760#3000000000000000"}},
		{"ATCFC0: none", "elm-2.2", "ATCFC0", first11, nil},
		{"ATCAF0 alone does not stop it", "elm-2.2", "ATCAF0", first11, []string{"7E0#3000000000000000"}},
		{"mode 1: header and data of the user", "elm-2.2", "ATFCSH 745,ATFCSD 30 08 05,ATFCSM1", first11, []string{"745#3008050000000000"}},
		{"mode 2: data of the user, to the sender's own identifier", "elm-2.2", "ATFCSD 30 00 05,ATFCSM2", first11, []string{"7E8#3000050000000000"}},
		{"the extended address goes before it", "elm-2.2", "ATCEA 61,ATCRA 661,ATFCSH 6F1,ATFCSD 30 00 00,ATFCSM1", "661#F110144902015742", []string{"6F1#6130000000000000"}},
		{"pair of identifiers", "stn1110", "STCFCPA 745,7E8", first11, []string{"745#3000000000000000"}},
		{"pair with extended addresses", "stn1110", "ATCEA AE,ATTA AE,ATCRA 758,STCFCPA 750 AE,758 AE", "758#AE10144902015742", []string{"750#AE30000000000000"}},
		{"pairs cleared", "stn1110", "STCFCPA 745,7E8,STCFCPC", first11, []string{"7E0#3000000000000000"}},
	} {
		t.Run(row.rule, func(t *testing.T) {
			onSegment(t, row.dongle, func(w *wired) {
				w.quiet(append([]string{"ATSP6"}, pairs(row.commands)...)...)
				w.reply(10*time.Millisecond, row.first)
				w.ask("0902")
				request := w.heard()
				require.Equal(w.t, row.want, append([]string(nil), request[1:]...))
				w.blameless()
			})
		})
	}
}

// pairs cuts at commas, but not at the one of STCFCPA.
func pairs(text string) (all []string) {
	for _, w := range words(text) {
		if n := len(all); w[0] != 'A' && w[0] != 'S' {
			all[n-1] += "," + w
			continue
		}
		all = append(all, w)
	}
	return all
}

// What asks for blocks has to say so again after each; clones do not.
func TestFlowControlPerBlock(t *testing.T) {
	for dongle, want := range map[string]int{"elm-2.2": 2, "stn2255": 2, "clone-2.1": 1, "elm-1.4b": 1} {
		t.Run(dongle, func(t *testing.T) {
			onSegment(t, dongle, func(w *wired) {
				w.quiet("ATSP6", "ATFCSH 7E0", "ATFCSD 30 01 00", "ATFCSM1", "ATH1", "ATS0")
				w.reply(10*time.Millisecond, "7E8#1014490201574241")
				w.reply(15*time.Millisecond, "7E8#21554E3743303748")
				w.reply(20*time.Millisecond, "7E8#2247313034323137")
				w.says("0902", "7E81014490201574241\r7E821554E3743303748\r7E82247313034323137\r")
				require.Len(w.t, w.heard(), 1+want)
			})
		})
	}
}

func TestFlowControlModeNeedsItsParts(t *testing.T) {
	onSegment(t, "elm-2.2", func(w *wired) {
		w.quiet()
		w.says(
			"ATFCSM1", "?\r",
			"ATFCSM2", "?\r",
			"ATFCSD 300000", "OK\r",
			"ATFCSM2", "OK\r",
			"ATFCSM1", "?\r",
			"ATFCSH 7E0", "OK\r",
			"ATFCSM1", "OK\r",
			"ATFCSM3", "?\r",
			"ATFCSD", "?\r",
			"ATFCSD 300000000000", "?\r",
		)
	})
}

// Lines of two units come as the frames do, and belong together by their
// headers only.
func TestInterleavedAnswers(t *testing.T) {
	onSegment(t, "elm-2.2", func(w *wired) {
		w.quiet("ATSP6", "ATS0")
		frames := func() {
			w.reply(10*time.Millisecond, "7E8#1008490201574241", "7E9#1008490401585A59")
			w.reply(15*time.Millisecond, "7E8#2155430000000000", "7E9#2155440000000000")
		}
		frames()
		w.says("0902", "008\r0:490201574241\r008\r0:490401585A59\r1:55430000000000\r1:55440000000000\r")
		w.quiet("ATH1")
		frames()
		w.says("0902", "7E81008490201574241\r7E91008490401585A59\r7E82155430000000000\r7E92155440000000000\r")
	})
}

func TestTransmitAny(t *testing.T) {
	const long = "22F190F18CF18AF18B"
	for _, row := range []struct {
		rule     string
		commands []string
		ask      string
		frames   []string // of the other node, 10 ms apart
		lines    string
		want     []string
	}{
		{"header and data", nil, "STPX H:7E1, D:22F190", nil, "NO DATA\r", []string{"7E1#0322F19000000000"}},
		{"the header that is set", []string{"ATSH 7E3"}, "STPX D:22F190", nil, "NO DATA\r", []string{"7E3#0322F19000000000"}},
		{"29 bits", []string{"STP34"}, "STPX H:18DA10F1, D:0100", nil, "NO DATA\r", []string{"18DA10F1#0201000000000000"}},
		{"R counts", nil, "STPX H:7E0, D:010D, R:1", []string{"7E8#03410D32", "7E9#03410D33"}, "410D32\r", []string{"7E0#02010D0000000000"}},
		{"R counts messages, not frames", nil, "STPX H:7E0, D:0902, R:1", []string{"7E8#1008490201574241", "7E8#2155430000000000", "7E8#03410D33"}, "008\r0:490201574241\r1:55430000000000\r", []string{"7E0#0209020000000000", "7E0#3000000000000000"}},
		{"R:0 does not wait", nil, "STPX H:7E0, D:3E80, R:0", nil, "OK\r", []string{"7E0#023E800000000000"}},
		{"raw", []string{"ATCAF0"}, "STPX H:220, D:3F81001102400000", nil, "NO DATA\r", []string{"220#3F81001102400000"}},
		{"raw and too long", []string{"ATCAF0"}, "STPX H:220, D:3F8100110240000000", nil, "?\r", nil},
		{"long without STCSEGT1", nil, "STPX H:7E0, D:" + long, nil, "?\r", nil},
		{"long", []string{"STCSEGT1", "ATCRA7E8"}, "STPX H:7E0, D:" + long + ", R:1", []string{"7E8#300000", "7E8#037F2231"}, "7F2231\r", []string{"7E0#100922F190F18CF1", "7E0#218AF18B00000000"}},
		{"long: refused at its first frame", []string{"STCSEGT1"}, "STPX H:7E0, D:" + long + ", R:1", []string{"7E8#037F2213"}, "7F2213\r", []string{"7E0#100922F190F18CF1"}},
		{"long: nobody gives leave", []string{"STCSEGT1"}, "STPX H:7E0, D:" + long, nil, "NO DATA\r", []string{"7E0#100922F190F18CF1"}},
		{"long to an extended address", []string{"STCSEGT1", "ATCEA 61", "ATCRA 661"}, "STPX H:6F1, D:22F190F18CF18A, R:1", []string{"661#F1300000", "661#F1037F2231"}, "7F2231\r", []string{"6F1#61100722F190F18C", "6F1#6121F18A00000000"}},
		{"assembled by STCSEGR1", []string{"STCSEGR1", "ATH1"}, "STPX H:7E0, D:0902, R:1", []string{"7E8#1008490201574241", "7E8#2155430000000000"}, "7E84902015742415543\r", []string{"7E0#0209020000000000", "7E0#3000000000000000"}},
		{"nothing to send", nil, "STPX H:7E0", nil, "?\r", nil},
		{"a field that there is not", nil, "STPX H:7E0, D:0100, Q:1", nil, "?\r", nil},
		{"a time of more than 16 bits", nil, "STPX H:7E0, D:0100, T:65536", nil, "?\r", nil},
		{"an odd digit", nil, "STPX H:7E0, D:01001", nil, "?\r", nil},
	} {
		t.Run(row.rule, func(t *testing.T) {
			onSegment(t, "stn1110", func(w *wired) {
				w.quiet(append([]string{"ATSP6", "ATS0"}, row.commands...)...)
				for i, f := range row.frames {
					w.reply(time.Duration(10*(i+1))*time.Millisecond, f)
				}
				w.says(row.ask, row.lines)
				require.Equal(w.t, row.want, w.heard())
				w.blameless()
			})
		})
	}
}

func TestTransmitAnyWaitsAsTold(t *testing.T) {
	onSegment(t, "stn1110", func(w *wired) {
		w.quiet("ATSP6")
		begin := time.Now()
		w.says("STPX H:7E0, D:0100, T:1500", "NO DATA\r")
		require.InDelta(w.t, 1500*time.Millisecond, time.Since(begin), float64(10*time.Millisecond))
		w.quiet("STPTO 700")
		begin = time.Now()
		w.says("STPX H:7E0, D:0100", "NO DATA\r")
		require.InDelta(w.t, 700*time.Millisecond, time.Since(begin), float64(10*time.Millisecond))
	})
}

// With L the chip asks for the data, so that it need not fit into one command.
func TestTransmitAnnouncedLength(t *testing.T) {
	for rule, end := range map[string]string{"without a carriage return": "", "with one": "\r"} {
		t.Run(rule, func(t *testing.T) {
			onSegment(t, "stn1110", func(w *wired) {
				w.quiet("ATSP6", "ATS0", "STCSEGT1")
				w.send("STPX H:7E0, L:9, R:1\r")
				require.Equal(w.t, "DATA>", w.hear(">", patience))
				w.reply(15*time.Millisecond, "7E8#300000")
				w.reply(30*time.Millisecond, "7E8#037F2231")
				w.send("22F190F18CF18AF18B" + end)
				require.Equal(w.t, "7F2231\r\r>", w.hear(">", patience))
				require.Equal(w.t, []string{"7E0#100922F190F18CF1", "7E0#218AF18B00000000"}, w.heard())
				w.blameless()
			})
		})
	}
}

func TestTransmitHonoursFlowControl(t *testing.T) {
	onSegment(t, "stn1110", func(w *wired) {
		w.quiet("ATSP6", "ATS0", "STCSEGT1")
		begin := time.Now()
		w.reply(10*time.Millisecond, "7E8#310000")
		w.reply(70*time.Millisecond, "7E8#300114") // one frame, then 20 ms each
		w.reply(120*time.Millisecond, "7E8#300014")
		w.reply(200*time.Millisecond, "7E8#037F2231")
		w.says("STPX H:7E0, D:22F190F18CF18AF18BF101F150F186, R:1", "7F2231\r")
		require.Equal(w.t, []string{"7E0#100F22F190F18CF1", "7E0#218AF18BF101F150", "7E0#22F1860000000000"}, w.heard())
		require.Greater(w.t, time.Since(begin), 200*time.Millisecond)
		w.blameless()
	})
}

package passive_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/passive"
)

func TestAnAnswerToAGroupIsTheAnsweringUnits(t *testing.T) {
	tests := []struct {
		name   string
		frames []string
		want   []string
	}{
		{
			"11-bit",
			[]string{
				"7DF#02010C", "7E8#04410C1AF8", "7EA#037F0112",
			},
			[]string{"7E0/7E8", "7E2/7EA"},
		},
		{
			"11-bit, long answers",
			[]string{
				"7DF#020902", "7E8#1014490201574241", "7E0#300000", "7E9#1014490201574241", "7E1#300000",
				"7E8#2130303030303030", "7E9#2130303030303030", "7E8#2230303030303030", "7E9#2230303030303030",
			},
			[]string{"7E0/7E8", "7E1/7E9"},
		},
		{
			"29-bit",
			[]string{"18DB33F1#020902", "18DAF110#037F0912", "18DAF117#1014490201574241", "18DA17F1#300000"},
			[]string{"18DA10F1/18DAF110", "18DA17F1/18DAF117"},
		},
		{
			"11-bit, mixed",
			[]string{"7DF#550322F190", "7E8#55101462F1904142", "7E0#55300000", "7E9#55037F2231"},
			[]string{"7E0:55/7E8:55", "7E1:55/7E9:55"},
		},
		{
			"29-bit, mixed",
			[]string{"18CD33F1#AB0322F190", "18CEF140#AB101462F1904142", "18CE40F1#AB300000", "18CEF141#AB037F2231"},
			[]string{"18CE40F1:AB/18CEF140:AB", "18CE41F1:AB/18CEF141:AB"},
		},
		{
			"29-bit, CAN FD",
			[]string{"18DB33F1##0020902", "18DAF110##0037F0912"},
			[]string{"18DA10F1/18DAF110@fd"},
		},
		{
			"extended",
			[]string{"6F1#DF0322F190", "610#F1101462F1904142", "6F1#10300000", "660#F1037F2231"},
			[]string{"6F1:10/610:F1", "6F1:60/660:F1"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			units := newTape(t).add(tt.frames...).units()
			require.Equal(t, tt.want, addresses(units))
			for _, u := range units {
				require.Len(t, u.Exchanges, 1)
				require.True(t, u.Exchanges[0].Functional)
				require.NotEqual(t, passive.Silent, u.Exchanges[0].Outcome)
			}
		})
	}
}

func TestRequestsToAGroupAndToTheUnitAreItsExchanges(t *testing.T) {
	u := newTape(t).add("7DF#020902", "7E8#037F0978", "7E0#0322F190", "7E8#0462F19041", "7E8#037F0912", "7DF#023E00").unit("7E0/7E8")
	require.Equal(t, []passive.Outcome{passive.Refused, passive.Answered}, outcomes(u))
	require.True(t, u.Exchanges[0].Functional)
	require.Equal(t, 1, u.Exchanges[0].Pending)
	require.False(t, u.Exchanges[1].Functional)
}

// The unit answers nothing but the group; what it was asked alone stays silent.
func TestSilenceTowardsAUnitKnownFromAGroup(t *testing.T) {
	u := newTape(t).add("7DF#020100", "7E8#0641000000000000", "7E0#0322F190").after(time.Minute).add("3B3#00").unit("7E0/7E8")
	require.Equal(t, []passive.Outcome{passive.Answered, passive.Silent}, outcomes(u))
}

func TestAUnitKnownByItsOwnAddressAnswersAGroup(t *testing.T) {
	u := newTape(t).add("7DF#0322F190", "72E#0462F19041", "726#0322F18C", "72E#0462F18C41", "7DF#0322F18C", "72E#0462F18C41").unit("726/72E")
	require.Equal(t, []passive.Outcome{passive.Answered, passive.Answered, passive.Answered}, outcomes(u))
	require.True(t, u.Exchanges[0].Functional)
	require.True(t, u.Exchanges[2].Functional)
}

// Its request identifier does not follow from 72E.
func TestAnAnswerToAGroupFromNoKnownAddressIsNoUnit(t *testing.T) {
	newTape(t).add("7DF#0322F190", "72E#0462F19041", "7DF#0322F18C", "72E#0462F18C41").none()
}

func TestRequestsAreOneUnitsOnly(t *testing.T) {
	r := newTape(t).add("7DF#020100", "7E8#0641000000000000")
	r.add(exchange("7E0", "5A0", 1)...).add(exchange("7E0", "5A0", 2)...)
	units := r.units()
	require.Equal(t, []string{"7E0/7E8", "7E0/5A0"}, addresses(units))
	require.Len(t, units[0].Exchanges, 1)
	require.Len(t, units[1].Exchanges, 2)
}

func TestNoiseOnAUnitsRequestIdentifierIsNoSilence(t *testing.T) {
	u := newTape(t).add("7DF#020100", "7E8#0641000000000000", "7E0#0322F190", "7E0#FF", "7E0#FF", "7E0#FF").unit("7E0/7E8")
	require.Len(t, u.Exchanges, 1)
}

// The answer to a group is not one to what another unit leaves unanswered.
func TestEachMemberOfAGroupAnswers(t *testing.T) {
	r := newTape(t).add("7E5#0322F190", "7DF#0322F190", "7E8#0462F19041", "7E9#0462F19041")
	require.Equal(t, []string{"7E0/7E8", "7E1/7E9"}, addresses(r.units()))
	r = newTape(t).add("7DF#0322F190", "7E5#0322F18C", "7E8#0462F19041", "7E9#0462F19041")
	require.Equal(t, []string{"7E0/7E8", "7E1/7E9"}, addresses(r.units()))
}

// The same question to a group and to a unit: each answer is one answer.
func TestAnAnswerIsToTheLatestRequest(t *testing.T) {
	u := newTape(t).add("7DF#0322F190", "7E8#0462F19041", "7E0#0322F190", "7E8#0462F19042").unit("7E0/7E8")
	require.Equal(t, []passive.Outcome{passive.Answered, passive.Answered}, outcomes(u))
	require.Equal(t, byte(0x42), u.Exchanges[1].Response[3])

	u = newTape(t).add("7E0#0322F190", "7DF#0322F190", "7E8#0462F19041", "7E8#0462F19042").unit("7E0/7E8")
	require.Equal(t, []passive.Outcome{passive.Answered, passive.Answered}, outcomes(u))
	require.Equal(t, byte(0x42), u.Exchanges[0].Response[3])
	require.True(t, u.Exchanges[1].Functional)
}

package inspect_test

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/car"
	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/telematics"
)

// TestADongleTellsTheSame as frames do, of every car.
func TestADongleTellsTheSame(t *testing.T) {
	for _, info := range car.List() {
		t.Run(info.ID, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				frames, err := drive(t, load(t, info.ID), options(t))
				require.NoError(t, err)
				messages, err := through(t, load(t, info.ID), options(t), func(*stick) {})
				require.NoError(t, err)
				require.Equal(t, adapter.KindMessage, messages.Adapter.Kind)
				frames.Adapter, frames.DurationMS = messages.Adapter, messages.DurationMS
				frames.Started = messages.Started
				require.Empty(t, cmp.Diff(frames, messages))
			})
		})
	}
}

// TestSpoiledOnce: what an adapter loses once is asked again, whatever it was,
// and nothing is missing in the end.
func TestSpoiledOnce(t *testing.T) {
	for _, why := range []error{transport.ErrOverrun, transport.ErrGarbled, transport.ErrReset, transport.ErrNoAck} {
		t.Run(why.Error(), func(t *testing.T) {
			whole := throughClean(t)
			told := 0
			for at := 1; at < 60; at += 7 {
				synctest.Test(t, func(t *testing.T) {
					got, err := through(t, load(t, "bmw-5-2017"), options(t), func(s *stick) {
						s.spoils = func(n int, _ transport.Address) error {
							if n == at {
								return why
							}
							return nil
						}
					})
					require.NoError(t, err)
					require.Empty(t, cmp.Diff(whole.Identifiers, got.Identifiers), "request %d", at)
					require.Empty(t, cmp.Diff(whole.Signals, got.Signals), "request %d", at)
					require.Equal(t, whole.Telematics, got.Telematics)
					require.Equal(t, whole.Coverage, got.Coverage, "request %d", at)
					require.NotContains(t, findings(got), telematics.AnswerSpoiled)
					if slices.Contains(findings(got), telematics.BrokenAtFirst) {
						told++
					}
				})
			}
			require.Equal(t, !errors.Is(why, transport.ErrNoAck), told > 0)
		})
	}
}

func throughClean(t *testing.T) (whole *telematics.Inspection) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		got, err := through(t, load(t, "bmw-5-2017"), options(t), func(*stick) {})
		require.NoError(t, err)
		whole = got
	})
	return whole
}

// TestSpoiledAlways: a value that never gets through is missing, and told.
func TestSpoiledAlways(t *testing.T) {
	tcuAt := transport.MustAddress("754/75C")
	for _, row := range []struct {
		name     string
		why      error
		only     int // the n-th request to the unit and its second try; 0: all
		answered bool
	}{
		{"one read by an overrun", transport.ErrOverrun, 2, true},
		{"the first read by garbage", transport.ErrGarbled, 1, true},
		{"the first read by a reset", transport.ErrReset, 1, true},
		{"everything by an overrun: somebody was there", transport.ErrOverrun, 0, true},
		{"everything by a reset: who knows", transport.ErrReset, 0, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				count := 0
				got, err := through(t, hostileCar(t, tcu(ownVIN, serial)), options(t), func(s *stick) {
					s.spoils = func(_ int, a transport.Address) error {
						if a == tcuAt {
							count++
						}
						if a != tcuAt || row.only != 0 && count != row.only && count != row.only+1 {
							return nil
						}
						return row.why
					}
				})
				require.NoError(t, err)
				require.Contains(t, findings(got), telematics.AnswerSpoiled)
				require.False(t, slices.ContainsFunc(got.Findings, func(f telematics.Finding) bool {
					return f.ID == telematics.UnitSilent && f.Unit == "TCU"
				}))
				i := slices.IndexFunc(got.Units, func(u telematics.Unit) bool { return u.Name == "TCU" })
				require.GreaterOrEqual(t, i, 0, "the unit is told of")
				require.Equal(t, row.answered, got.Units[i].Answered)
				c := got.Coverage
				require.Equal(t, c.Asked, c.Answered+c.Refused+c.Silent)
			})
		})
	}
}

// TestAGroupThatNeverGetsThrough is told of, though nobody can say who it is.
func TestAGroupThatNeverGetsThrough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got, err := through(t, hostileCar(t, tcu(ownVIN, serial)), options(t), func(s *stick) {
			s.spoils = func(_ int, a transport.Address) error {
				if a.Functional() {
					return transport.ErrOverrun
				}
				return nil
			}
		})
		require.NoError(t, err)
		require.Contains(t, findings(got), telematics.AnswerSpoiled)
		require.Equal(t, "SALXK2N01GH271845", got.Vehicle.VIN, "a unit that was asked alone has it too")
	})
}

// TestAFormThatTheDongleCannotCarry makes a unit unknown, never silent and
// never not fitted.
func TestAFormThatTheDongleCannotCarry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got, err := through(t, load(t, "bmw-5-2017"), options(t), func(s *stick) {
			s.refuses = func(a transport.Address) bool { return a.HasAE || a.Extended }
		})
		require.NoError(t, err)
		require.Equal(t, "BMW", got.Vehicle.Make)
		require.Equal(t, telematics.Unknown, got.Telematics.Fitted)
		require.NotContains(t, findings(got), telematics.UnitSilent)
		require.Contains(t, findings(got), telematics.PlacesUnreachable)
		var told []string
		for _, f := range got.Findings {
			if f.ID == telematics.UnitUnreachable {
				told = append(told, f.Unit)
				require.Contains(t, f.Summary, "a stick", "the dongle is named")
			}
		}
		require.Contains(t, told, "ATM")
		for _, name := range told {
			require.True(t, slices.ContainsFunc(got.Units, func(u telematics.Unit) bool { return u.Name == name && !u.Answered }))
		}
	})
}

// TestARefusalWhenItIsSent is one when it is dialled.
func TestARefusalWhenItIsSent(t *testing.T) {
	for _, row := range []struct {
		why  error
		want telematics.FindingID
	}{{transport.ErrForm, telematics.UnitUnreachable}, {transport.ErrLength, telematics.RequestTooLong}} {
		synctest.Test(t, func(t *testing.T) {
			got, err := through(t, hostileCar(t, tcu(ownVIN, serial)), options(t), func(s *stick) {
				s.spoils = func(_ int, a transport.Address) error {
					if a.TX == 0x754 {
						return row.why
					}
					return nil
				}
			})
			require.NoError(t, err)
			require.Contains(t, findings(got), row.want)
			require.Equal(t, telematics.Unknown, got.Telematics.Fitted)
			require.NotContains(t, findings(got), telematics.NotAcknowledged)
		})
	}
}

func TestNobodyAcknowledgesADongle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got, err := through(t, load(t, "bmw-5-2017"), options(t), func(s *stick) {
			s.spoils = func(n int, _ transport.Address) error {
				if n > 8 {
					return transport.ErrNoAck
				}
				return nil
			}
		})
		require.NoError(t, err)
		require.Contains(t, findings(got), telematics.NotAcknowledged)
		require.Contains(t, findings(got), telematics.Incomplete)
	})
}

func TestADongleThatIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got, err := through(t, load(t, "bmw-5-2017"), options(t), func(s *stick) {
			s.spoils = func(n int, _ transport.Address) error {
				if n > 8 {
					return errLost
				}
				return nil
			}
		})
		require.ErrorIs(t, err, errLost)
		require.Contains(t, findings(got), telematics.AdapterFailed)
		require.Contains(t, findings(got), telematics.Incomplete)
	})
}

func TestWhatOnlyADongleSuffers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got, err := through(t, load(t, "no-telematics-2008"), options(t), func(s *stick) {
			s.deaf = true
			s.spoils = func(int, transport.Address) error {
				s.counted.Resets++
				s.counted.Overruns++
				s.counted.Garbled++
				return nil
			}
		})
		require.NoError(t, err)
		for _, want := range []telematics.FindingID{
			telematics.AdapterDeaf, telematics.AdapterReset, telematics.AdapterOverrun, telematics.AdapterGarbled,
		} {
			require.Contains(t, findings(got), want)
		}
	})
}

var errLost = errors.New("unplugged")

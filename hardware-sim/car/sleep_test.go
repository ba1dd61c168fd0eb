package car_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/car"
	"github.com/untether-obd/untether/obd/can"
)

const mazdaVIN = "JMZZK19F601482736"

func TestFirstFrameIsLostOnASleepingCar(t *testing.T) {
	drive(t, "no-telematics-2008", func(t *testing.T, c *car.Car) {
		t.Helper()
		r := listen(t, c)
		time.Sleep(time.Second)
		require.Empty(t, r.heard(), "the car sleeps")

		begin := time.Now()
		r.send("7DF#020100")
		time.Sleep(80*time.Millisecond - time.Nanosecond)
		require.Empty(t, r.echoes(), "nobody acknowledges")
		time.Sleep(5 * time.Millisecond)
		require.Len(t, r.echoes(), 1, "the controllers are awake")

		time.Sleep(time.Until(begin.Add(295 * time.Millisecond)))
		r.send("7DF#020100")
		time.Sleep(time.Second)
		require.Empty(t, r.from(0x7E8), "the units are not")

		r.send("7DF#020100")
		time.Sleep(100 * time.Millisecond)
		require.Len(t, r.from(0x7E8), 1)
		require.Equal(t, "490201"+text(mazdaVIN), connect(t, c).ask(obd, "09 02"))
		require.NotEmpty(t, r.heard(), "the rest of the car is awake too")
		require.Empty(t, c.Violations())
	})
}

func TestACarFallsAsleepAndForgets(t *testing.T) {
	drive(t, "bmw-5-2017", func(t *testing.T, c *car.Car) {
		t.Helper()
		r := listen(t, c)
		x := connect(t, c)
		require.Equal(t, "5003003201F4", x.ask(atm, "10 03"))
		c.Sleep()
		synctest.Wait()
		r.clear()
		time.Sleep(time.Second)
		require.Empty(t, r.heard())

		require.Empty(t, x.ask(atm, "22 F186"), "lost")
		time.Sleep(time.Second)
		require.Equal(t, "62F18601", x.ask(atm, "22 F186"), "a restart ends the session")
	})
}

func TestIgnition(t *testing.T) {
	drive(t, "bmw-5-2017", func(t *testing.T, c *car.Car) {
		t.Helper()
		x := connect(t, c)
		require.Equal(t, "62F190"+text(bmwVIN), x.ask(kombi, "22 F190"))
		require.Equal(t, "410C0000", x.ask(obd, "01 0C"), "the engine stands")

		c.Ignition(car.Off)
		require.Empty(t, x.ask(kombi, "22 F190"), "it needs the ignition")
		require.Equal(t, "62D09104", x.ask(atm, "22 D091"), "this one does not")

		c.Ignition(car.Ready)
		require.Equal(t, "62F190"+text(bmwVIN), x.ask(kombi, "22 F190"))
		require.Equal(t, "410C0C80", x.ask(obd, "01 0C"), "800 turns a minute")
		c.Drive(50)
		c.Supply(11700)
		require.Equal(t, "410D32422DB4", x.ask(obd, "01 0D 42"))
	})
}

func TestUnitsWithoutPowerStayAsleep(t *testing.T) {
	drive(t, "bmw-5-2017", func(t *testing.T, c *car.Car) {
		t.Helper()
		x := connect(t, c)
		c.Ignition(car.Off)
		c.Sleep()
		require.Empty(t, x.ask(kombi, "22 F190"), "wakes the car")
		time.Sleep(time.Second)
		require.Empty(t, x.ask(kombi, "22 F190"))
		require.Equal(t, "62D09104", x.ask(atm, "22 D091"))
	})
}

func TestAnotherBitRateHearsOnlyErrors(t *testing.T) {
	drive(t, "bmw-5-2017", func(t *testing.T, c *car.Car) {
		t.Helper()
		bus, err := c.Connect(250_000, true)
		require.NoError(t, err)
		for range 20 {
			rx, err := bus.Recv(t.Context())
			require.NoError(t, err)
			require.True(t, rx.Frame.Is(can.Error))
		}
	})
}

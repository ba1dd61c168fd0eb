package car_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/car"
)

const (
	obd     = "7DF/7E8-7EF"
	engine  = "7E0/7E8"
	atm     = "6F1:61/661:F1"
	hu      = "6F1:63/663:F1"
	kombi   = "6F1:60/660:F1"
	zgw     = "6F1:10/610:F1"
	bmwVIN  = "WBAUN7C07HG104217"
	pending = "7F2278"
)

func TestBMWAnswers(t *testing.T) {
	drive(t, "bmw-5-2017", func(t *testing.T, c *car.Car) {
		t.Helper()
		x := connect(t, c)
		for request, want := range map[string]string{
			"22 D05A":           "62D05A" + text("89490000419273506187") + "00",
			"22 D06B":           "62D06B" + text("359917042816357"),
			"22 D091":           "62D09104",
			"22 F190":           "62F190" + text(bmwVIN),
			"22 D06D":           "7F2231",
			"22 D06D F186":      "62F18601",
			"22 F186 D06D D0EB": "62F18601D0EB01",
			"22 F1":             "7F2213",
			"3E 00":             "7E00",
			"3E 80":             "",
			"27 01":             "7F2711",
		} {
			require.Equal(t, want, x.ask(atm, request), request)
		}
		require.Equal(t, "490201"+text(bmwVIN), x.ask(obd, "09 02"))
		require.Equal(t, "410D00423138", x.ask(obd, "01 0D 42"))
		require.Equal(t, "62D01D"+"02005E100A01"+"02005E100A02"+"000000000000000000000000", x.ask(hu, "22 D01D"))
		require.Empty(t, c.Violations())
	})
}

func TestBMWProvisioningReset(t *testing.T) {
	drive(t, "bmw-5-2017", func(t *testing.T, c *car.Car) {
		t.Helper()
		x := connect(t, c)
		require.Equal(t, "7103A07904", x.ask(atm, "31 03 A079"))
		require.Equal(t, "7101A07901", x.ask(atm, "31 01 A079"))
		require.Equal(t, "7103A07901", x.ask(atm, "31 03 A079"))
		time.Sleep(4 * time.Second)
		require.Equal(t, "7103A07902", x.ask(atm, "31 03 A079"))
		synctest.Wait()
		require.Empty(t, x.ask(atm, "22 D091"))
		time.Sleep(29 * time.Second)
		require.Empty(t, x.ask(atm, "22 D091"))
		time.Sleep(time.Second)
		require.Equal(t, "62D09101", x.ask(atm, "22 D091"))
		require.Contains(t, x.ask(atm, "22 D0CE"), text("04.12")+"00"+"00"+"00"+"0006", "OTA-ID and DAS-ID are empty")
		require.Empty(t, c.Violations())
	})
}

func TestBMWSlowReads(t *testing.T) {
	drive(t, "bmw-5-2017", func(t *testing.T, c *car.Car) {
		t.Helper()
		all := connect(t, c).exchange(atm, "22 D26E")
		require.Len(t, all, 2)
		require.Equal(t, pending, all[0].data)
		require.Less(t, all[0].after, 50*time.Millisecond)
		require.InDelta(t, 2600, all[1].after.Milliseconds(), 10)
	})
}

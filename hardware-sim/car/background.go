package car

import (
	"fmt"

	"github.com/untether-obd/untether/hardware-sim/vbus"
)

// background starts one kind of other traffic. Without bit timing a share of
// the wire's time means nothing: then there is none.
func (c *Car) background(b *Background, number int) error {
	if c.unpaced {
		return nil
	}
	load := vbus.Load{Share: b.Share}
	for _, id := range b.IDs {
		load.IDs = append(load.IDs, id.Value)
	}
	if len(b.Data) > 0 {
		load.Payload = func(_ uint32, n uint64) []byte { return b.Data[n%uint64(len(b.Data))].Data }
	}
	n, err := c.seg.Load(fmt.Sprintf("background %d", number), load)
	if err != nil {
		return fmt.Errorf("car: %w", err)
	}
	c.loads = append(c.loads, n)
	return nil
}

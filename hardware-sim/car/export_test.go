package car

// Victim is the unit that faults strike which strike one.
func (s *Scenario) Victim() *Unit {
	site := s.site()
	return s.Unit(site.Units[site.Victim].Name)
}

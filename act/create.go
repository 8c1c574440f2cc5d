package act

// Create makes an object that is not there yet. The UID of its Target is known
// only afterwards: the Outcome's Target has it.
type Create struct{}

// Verb is "create".
func (Create) Verb() string { return "create" }

func (Create) states() (before, after string) { return "", "there" }

func (Create) title(t Target) string { return "create " + t.String() }

func (Create) rights(t Target) []Right { return []Right{to("create", t)} }

// cost is nothing: what a new job takes and where it finds room, package submit
// tells.
func (Create) cost([]Target, view) Cost { return Cost{} }

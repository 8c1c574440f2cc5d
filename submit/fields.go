package submit

// field is one line of a recipe: what it is called in YAML, and where it is kept.
type field struct {
	name string
	at   any // a pointer into the Recipe
}

// fields lists the lines of a recipe in the order in which they are written.
// What Parse reads, Set changes and Marshal writes is this list.
func (r *Recipe) fields() []field {
	return []field{
		{"name", &r.Name}, {"team", &r.Team}, {"framework", &r.Framework},
		{"image", &r.Image}, {"command", &r.Command}, {"args", &r.Args},
		{"workers", &r.Workers}, {"etcd", &r.Etcd},
		{"gpus", &r.GPUs}, {"resource", &r.Resource}, {"product", &r.Product},
		{"cpu", &r.CPU}, {"memory", &r.Memory}, {"shm", &r.Shm},
		{"env", &r.Env}, {"envFrom", &r.EnvFrom}, {"volumes", &r.Volumes},
		{"pullSecret", &r.PullSecret}, {"serviceAccount", &r.ServiceAccount}, {"priorityClass", &r.PriorityClass},
		{"queue", &r.Queue}, {"nodeSelector", &r.NodeSelector}, {"tolerations", &r.Tolerations},
		{"retries", &r.Retries}, {"timeLimit", &r.TimeLimit}, {"keep", &r.Keep}, {"port", &r.Port},
	}
}

// Fields are the names of all lines of a recipe, in their order.
func Fields() []string {
	var names []string
	for _, f := range new(Recipe).fields() {
		names = append(names, f.name)
	}
	return names
}

func (r *Recipe) field(name string) (field, bool) {
	for _, f := range r.fields() {
		if f.name == name {
			return f, true
		}
	}
	return field{}, false
}

// nearest is the field that a misspelt name may have meant; "" when none is near.
func nearest(name string) string {
	best, at := "", 3 // three letters off is another word
	for _, f := range Fields() {
		if d := distance(name, f); d < at && d < len(f) {
			best, at = f, d
		}
	}
	return best
}

// distance is how many letters must be added, dropped or changed to turn a into
// b, letters that differ in case alone being free.
func distance(a, b string) int {
	if len(a) > len(b)+3 {
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i]|0x20 != b[j]|0x20 { // 0x20 folds the case of ASCII letters
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

package ui

// filterSection is the filter's language, for the help: what can be typed, and
// the keys of each screen's rows.
func filterSection() section {
	line := func(show, help string) binding { return binding{show: show, help: help} }
	return section{"filter", []binding{
		line("ocr", "the text stands somewhere in the row; lower case finds either case"),
		line(`"..."`, `a text with spaces, "out of memory"`),
		line("/w[0-3]$/", "a regular expression; also ~w[0-3]$"),
		line("team:nlp,vision", "a key of the row: any of the values"),
		line("node:gpu-04*", "a pattern over the whole value"),
		line("gpus:>8 busy:<5%", "a comparison: > >= < <= ="),
		line("age:>2h", "older than two hours; younger: age:<30m, age:<3d"),
		line("idle:yes", "yes or no"),
		line("-kind:job", "not; also !kind:job"),
		line("jobs", "keys: "+keyNames(jobKeys())),
		line("workers", "keys: "+keyNames(workerKeys())),
		line("nodes", "keys: "+keyNames(nodeKeys())),
		line("teams", "keys: "+keyNames(teamKeys())),
	}}
}

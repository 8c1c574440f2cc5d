package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"paddock/fleet"
	"paddock/incident"
	"paddock/live"
)

func (a *app) incidentCommand() *cobra.Command {
	output := ""
	cmd := &cobra.Command{
		Use: "incident [JOB]", Short: "Write what was kept of a Job's failed workers as one archive, or list what is kept", Aliases: []string{"incidents"},
		Long: "While paddock runs it keeps, of each worker that fails, the last lines of its log, its pod, its events, its node and the\n" +
			"readings of its devices. With JOB all that is kept of it goes into one archive, with its failed workers as they are now\n" +
			"if the cluster answers; without JOB what is kept is listed. What looks secret is hidden.\n" + jobHelp,
		Args: takes(0, 1), ValidArgsFunction: a.completeIncident,
		RunE: func(cmd *cobra.Command, args []string) error {
			w := incidentWish{output: output, context: cmd.Flag("context").Value.String()}
			if len(args) == 0 {
				return a.listIncidents(w)
			}
			w.named = args[0]
			return a.incident(cmd.Context(), w)
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "With JOB the file to write (- is the standard output), without JOB how to print: table, wide or json")
	complete(cmd, "output", func(*cobra.Command, string) []string { return []string{"table", "wide", "json"} })
	return strict(cmd)
}

// incidentWish is what paddock incident was asked for.
type incidentWish struct {
	named   string // the job
	output  string
	context string // of --context; "" without it
}

// store is the folder of what is kept.
func (a *app) store() (*incident.Store, incident.Bounds, error) {
	cfg, err := loadConfig(a.configPath())
	if err != nil {
		return nil, incident.Bounds{}, err
	}
	return incident.Open(a.stateDir(), cfg.incidents()), cfg.incidents(), nil
}

// incidentList is what paddock incident -o json prints.
type incidentList struct {
	Directory string        `json:"directory"`
	Size      int64         `json:"size"`  // bytes of those that are listed
	Bound     int64         `json:"bound"` // bytes; 0: nothing is recorded
	Incidents []incidentDoc `json:"incidents"`
}

type incidentDoc struct {
	incident.Head
	File string `json:"file"` // in the directory
	Size int64  `json:"size"` // bytes
}

// listIncidents prints what is kept, newest first.
func (a *app) listIncidents(w incidentWish) error {
	if !slices.Contains([]string{"", "table", "wide", "json"}, w.output) {
		return misuse{fmt.Errorf("-o %s is not known without a JOB: use table, wide or json", w.output)}
	}
	store, bounds, err := a.store()
	if err != nil {
		return err
	}
	list, unreadable, err := store.List()
	if err != nil {
		return err
	}
	list = a.looked(list, w.context)
	d := incidentList{Directory: store.Dir(), Bound: bounds.Filled().Size, Incidents: []incidentDoc{}}
	if bounds.Off {
		d.Bound = 0
	}
	for _, e := range list {
		d.Size += e.Size
		d.Incidents = append(d.Incidents, incidentDoc{e.Head, e.Name, e.Size})
	}
	if unreadable > 0 {
		a.complain(fmt.Sprintf("%d files in %s are no records", unreadable, store.Dir()), "")
	}
	if w.output == "json" {
		text, err := json.MarshalIndent(d, "", "  ")
		if err == nil {
			_, err = a.out.Write(append(text, '\n'))
		}
		return err
	}
	if _, err := fmt.Fprint(a.out, incidentTable(list).render(w.output == "wide")); err != nil {
		return err
	}
	switch {
	case bounds.Off:
		fmt.Fprintln(a.errs, "# nothing is recorded: incidents are off in the configuration")
	case len(list) > 0:
		fmt.Fprintf(a.errs, "# %d records, %s of at most %s, in %s\n", len(list), inMi(d.Size), inMi(d.Bound), store.Dir())
	}
	return nil
}

// looked are the records of the context and the namespaces that are looked at.
func (a *app) looked(list []incident.Entry, context string) []incident.Entry {
	return slices.DeleteFunc(slices.Clone(list), func(e incident.Entry) bool {
		return context != "" && e.Context != context || len(a.namespaces) > 0 && !a.allNamespaces && !slices.Contains(a.namespaces, e.Namespace)
	})
}

func incidentTable(list []incident.Entry) table {
	several := slices.ContainsFunc(list, func(e incident.Entry) bool { return e.Context != list[0].Context })
	t := table{
		columns: []column{{title: "WHEN (UTC)"}, {title: "CONTEXT", wide: !several}, {title: "TEAM"}, {title: "JOB"}, {title: "W"}, {title: "ATT", right: true, wide: true}, {title: "RST", right: true, wide: true},
			{title: "POD", wide: true}, {title: "NODE", wide: true}, {title: "SIZE", right: true}, {title: "HOW IT ENDED"}},
		empty: "nothing was kept: no worker failed while paddock ran",
	}
	for _, e := range list {
		t.rows = append(t.rows, []string{e.At().UTC().Format(time.DateTime), printable(e.Context), printable(e.Namespace), printable(e.Job), printable(e.Worker), fmt.Sprint(e.Attempt), fmt.Sprint(e.Restarts),
			dash(printable(e.Pod)), dash(printable(e.Node)), fmt.Sprintf("%.0fK", float64(e.Size)/1024), printable(e.How)})
	}
	return t
}

// printable makes what stands in a file safe to print.
func printable(s string) string { return fleet.Clean(s, 500) }

func inMi(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }

// completeIncident completes JOB from what is kept, and from the cluster.
func (a *app) completeIncident(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	names := []string{}
	if store, _, err := a.store(); err == nil {
		list, _, _ := store.List() // a completion has nowhere to complain
		for _, e := range list {
			names = append(names, e.Namespace+"/"+e.Job)
		}
	}
	if f := a.glance(cmd.Context()); f != nil {
		names = append(names, jobNames(f, typed)...)
	}
	slices.Sort(names)
	return slices.Compact(names), cobra.ShellCompDirectiveNoFileComp
}

// incident writes the archive of one job.
func (a *app) incident(ctx context.Context, w incidentWish) error {
	if err := a.checkArchive(w.output); err != nil {
		return err
	}
	store, _, err := a.store()
	if err != nil {
		return err
	}
	all, unreadable, err := store.List()
	if err != nil {
		return err
	}
	if team, _, ok := strings.Cut(w.named, "/"); ok && len(a.namespaces) == 0 && strings.Count(w.named, "/") == 1 {
		a.namespaces = []string{team} // nothing else need be read
	}
	context := cmp.Or(w.context, a.currentContext())
	kept := keptOf(a.looked(all, context), w.named)
	out := incident.Archive{Context: context, At: time.Now(), Version: buildVersion()}
	if unreadable > 0 {
		out.Notes = append(out.Notes, fmt.Sprintf("%d files in %s are no records", unreadable, store.Dir()))
	}
	job, failed := a.present(ctx, w.named, &out)
	if ctx.Err() != nil {
		return silent{code: exitFailed}
	}
	var several ambiguous
	if errors.As(failed, &several) && len(kept) == 0 {
		return several
	}
	ref, err := oneJob(w.named, job, kept)
	switch {
	case err != nil:
		return err
	case ref.Name == "":
		return a.nothingKept(w, failed, all, context)
	case failed != nil:
		a.complain(failed.Error()+"; the archive holds what was kept alone", "")
		out.Notes = append(out.Notes, "the job as it is now: "+failed.Error())
	}
	out.Team, out.Job = ref.Namespace, ref.Name
	for _, e := range kept {
		r, err := store.Read(e.Name)
		if err != nil {
			out.Notes = append(out.Notes, err.Error())
			continue
		}
		out.Kept = append(out.Kept, r)
	}
	if len(out.Kept)+len(out.Present) == 0 {
		return a.fail(exitFailed, fmt.Sprintf("no worker of %s has failed, as far as is known: there is nothing to write", ref), "")
	}
	return a.writeArchive(&out, w.output)
}

// checkArchive finds what is wrong with -o before anything is read.
func (a *app) checkArchive(output string) error {
	switch {
	case slices.Contains([]string{"table", "wide", "json", "yaml"}, output):
		return misuse{fmt.Errorf("with a JOB -o names the file of the archive; ./%s if it shall be called that", output)}
	case output == "-" && seen(a.out):
		return misuse{errors.New("-o - writes an archive, which is nothing for a terminal: send it to a file or a program")}
	case output == "" || output == "-":
		return nil
	}
	if info, err := os.Stat(output); err == nil && !info.IsDir() {
		return exists(output)
	}
	return nil
}

func exists(file string) error {
	return fmt.Errorf("%s exists already, and nothing was written: give another name with -o", file)
}

// currentContext is the kubeconfig's; "" when nobody knows.
func (a *app) currentContext() string {
	contexts, err := a.flags.Contexts()
	if err != nil {
		return ""
	}
	for _, c := range contexts {
		if c.Current {
			return c.Name
		}
	}
	return ""
}

// keptOf are the records of the jobs that a person calls so.
func keptOf(list []incident.Entry, named string) []incident.Entry {
	return slices.DeleteFunc(slices.Clone(list), func(e incident.Entry) bool {
		return !slices.Contains(callings(&fleet.Job{Ref: jobOfEntry(e)}), named)
	})
}

func jobOfEntry(e incident.Entry) fleet.Ref {
	return fleet.Ref{Kind: e.JobKind, Namespace: e.Namespace, Name: e.Job}
}

// ambiguous is the error of a name that several jobs have.
type ambiguous struct{ error }

// present reads the job as it is now into the archive; nil when it can't, or
// when there is none. The error is a sentence.
func (a *app) present(ctx context.Context, named string, out *incident.Archive) (job *fleet.Job, err error) {
	err = a.during(ctx, func(l *live.Live) error {
		f, err := l.Once(ctx, patience)
		switch {
		case err != nil:
			return err
		case f == nil:
			return errors.New("the API server does not answer")
		}
		out.Context = f.Cluster.Context
		if what, hint := outage(f); what != "" {
			if hint != "" {
				what += "; " + hint
			}
			return errors.New(what)
		}
		if slices.ContainsFunc(f.Jobs, func(j *fleet.Job) bool { return slices.Contains(callings(j), named) }) {
			if job, err = findJob(f, named); err != nil {
				return ambiguous{err}
			}
			l.Present(ctx, f, job, out)
			return nil
		}
		return noJob(f, named)
	})
	return job, err
}

// oneJob is the one job that is meant, of those that are there and those of
// which something was kept; the zero Ref when there is none.
func oneJob(named string, job *fleet.Job, kept []incident.Entry) (fleet.Ref, error) {
	var found []*fleet.Job
	if job != nil {
		found = append(found, job)
	}
	contexts := map[string]bool{}
	for _, e := range kept {
		ref := jobOfEntry(e)
		contexts[e.Context] = true
		if !slices.ContainsFunc(found, func(j *fleet.Job) bool { return j.Ref == ref }) {
			found = append(found, &fleet.Job{Ref: ref})
		}
	}
	switch {
	case len(contexts) > 1:
		return fleet.Ref{}, fmt.Errorf("records of %s were kept on several clusters: say which with --context", named)
	case len(found) == 0:
		return fleet.Ref{}, nil
	case len(found) > 1:
		return fleet.Ref{}, fmt.Errorf("there are %d jobs %s: say which of %s", len(found), named, strings.Join(apart(found), ", "))
	}
	return found[0].Ref, nil
}

// nothingKept says that nothing is known of a job, and where something is.
func (a *app) nothingKept(w incidentWish, failed error, all []incident.Entry, context string) error {
	hint := ""
	for _, e := range keptOf(all, w.named) {
		if e.Context != context {
			hint = "records of it were kept on another cluster: --context " + printable(e.Context)
		}
	}
	what := "nothing was kept of " + w.named
	if failed != nil {
		what = failed.Error() + "; " + what
	}
	return a.fail(exitFailed, what, hint)
}

// writeArchive writes the archive to its file, which must not be there yet.
func (a *app) writeArchive(out *incident.Archive, output string) error {
	out.Name = incident.ArchiveName(out.Team, out.Job, out.At)
	if output == "-" {
		if err := out.Write(a.out); err != nil {
			return fmt.Errorf("the archive can't be written: %w", err)
		}
		return nil
	}
	file := cmp.Or(output, ".")
	if info, err := os.Stat(file); err == nil && info.IsDir() {
		file = filepath.Join(file, out.Name+".tar.gz")
	}
	size, err := createArchive(file, out)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.out, "%s: %d kept while paddock ran, %d as they are now, %.0f KiB\n", file, len(out.Kept), len(out.Present), float64(size)/1024)
	return err
}

// createArchive makes the file, which only its owner may read; half of one is
// removed again.
func createArchive(file string, out *incident.Archive) (size int64, err error) {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return 0, exists(file)
	}
	if err != nil {
		return 0, fmt.Errorf("the archive can't be written: %w", err)
	}
	err = out.Write(f)
	if size, _ = f.Seek(0, io.SeekCurrent); err == nil {
		err = f.Close()
	} else {
		_ = f.Close() // what went wrong is known
	}
	if err != nil {
		_ = os.Remove(file)
		return 0, fmt.Errorf("the archive can't be written: %w", err)
	}
	return size, nil
}

package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"paddock/act"
	"paddock/fleet"
	"paddock/live"
	"paddock/submit"
)

// submission is how something is submitted: the flags of the command.
type submission struct {
	consent
	file     string
	sets     []string
	format   string
	template bool
	dryRun   bool
	overrule bool
	keep     bool
}

func (a *app) submitCommand() *cobra.Command {
	var s submission
	cmd := &cobra.Command{
		Use: "submit -f FILE", Short: "Check a training job, and create it",
		Long: "FILE is a recipe, a few lines of YAML (paddock submit --template prints one), or manifests of any kind; - is the standard input.\n" +
			"What it leans on is looked up, the cluster's nodes and quotas are held against it, and the server tries it, before anything is created.\n" +
			"Errors stop it, unless they are overruled. When only a part could be created, that is taken back.\n" +
			"-n NAMESPACE is the team of what names none.",
		Args: takes(0, 1), ValidArgs: frameworks(),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := s.check(args); err != nil {
				return misuse{err}
			}
			if s.template {
				return a.printTemplate(args)
			}
			if s.format == "yaml" {
				return a.printObjects(s)
			}
			return a.documented(s.format, s.document(), func(d *changeDoc) error { return a.submit(cmd.Context(), s, d) })
		},
	}
	s.bind(cmd)
	return strict(cmd)
}

func (s *submission) bind(cmd *cobra.Command) {
	fs := cmd.Flags()
	s.consent.bind(fs)
	fs.StringVarP(&s.file, "filename", "f", "", "A recipe or manifests; - is the standard input")
	fs.StringArrayVar(&s.sets, "set", nil, "Change a field of the recipe: --set workers=8 --set env.NCCL_DEBUG=INFO")
	fs.StringVarP(&s.format, "output", "o", "text", "How to report: text or json; yaml prints the objects and sends nothing")
	fs.BoolVar(&s.template, "template", false, "Print a recipe to be filled in: --template [paddle|pytorch|plain]")
	fs.BoolVar(&s.dryRun, "dry-run", false, "Check it, and create nothing")
	fs.BoolVar(&s.overrule, "overrule", false, "Go on in spite of errors")
	fs.BoolVar(&s.keep, "keep", false, "Keep what was created when the rest fails")
	complete(cmd, "output", func(*cobra.Command, string) []string { return []string{"text", "json", "yaml"} })
}

func (s *submission) check(args []string) error {
	switch {
	case s.template:
		return nil
	case len(args) > 0:
		return errors.New("what is submitted is a file: -f " + args[0])
	case s.file == "":
		return errors.New("say what: -f FILE; paddock submit --template prints a recipe to begin with")
	case !slices.Contains([]string{"text", "json", "yaml"}, s.format):
		return fmt.Errorf("-o %s is not known: use text, json or yaml", s.format)
	}
	return nil
}

// document is what a submit reports, before anything came of it.
func (s *submission) document() *changeDoc {
	d := newChangeDoc(act.Create{}.Verb())
	if d.DryRun = s.dryRun; s.dryRun {
		d.Would = []changedDoc{}
	}
	return d
}

func (a *app) printTemplate(args []string) error {
	team := ""
	if len(a.namespaces) == 1 {
		team = a.namespaces[0]
	}
	text, err := template(append(args, frameworks()[0])[0], team)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(a.out, text)
	return err
}

// printObjects prints what would be sent, and sends nothing.
func (a *app) printObjects(s submission) error {
	o, err := a.order(s)
	if err != nil {
		return err
	}
	text, err := submit.YAML(o.objects)
	if err == nil {
		_, err = a.out.Write(text)
	}
	return err
}

// submit reads, reviews, asks and creates, and notes in d what came of it.
func (a *app) submit(ctx context.Context, s submission, d *changeDoc) error {
	o, err := a.order(s)
	if err != nil {
		return err
	}
	a.namespaces = nil // -n was the team's; what is free stands in the others
	return a.during(ctx, func(l *live.Live) error {
		if !s.dryRun {
			if err := a.mayChange(l); err != nil {
				return err
			}
		}
		f, err := a.picture(ctx, l)
		if err != nil {
			return err
		}
		review, err := l.Review(ctx, o.objects, o.recipe, o.team, f)
		if err != nil {
			return err
		}
		if err := a.reviewed(review, o, s, d); err != nil || s.dryRun {
			return err
		}
		return a.create(ctx, l, f, o, review, s, d)
	})
}

// order reads the file. What is wrong with it is told a line each.
func (a *app) order(s submission) (order, error) {
	team, err := a.team()
	if err != nil {
		return order{}, err
	}
	text, err := a.readFile(s.file)
	if err != nil {
		return order{}, err
	}
	o, err := readOrder(text, s.sets, team)
	if err == nil && len(a.namespaces) > 0 && o.team != team {
		err = misuse{fmt.Errorf("-n names %s, and the recipe team %s: leave one out, or --set team=%s", team, o.team, team)}
	}
	switch {
	case errors.As(err, new(misuse)):
		return o, err
	case err != nil:
		for line := range strings.SplitSeq(err.Error(), "\n") {
			a.complain(s.file+": "+line, "")
		}
		return o, silent{code: exitFailed, what: s.file + ": " + err.Error()}
	}
	if err := o.unfilled(); err != nil {
		return o, a.fail(exitRefused, s.file+": "+err.Error(), "")
	}
	return o, nil
}

// reviewed shows what would become of it. The error ends the submit: what
// stands in the way and was not overruled.
func (a *app) reviewed(review submit.Review, o order, s submission, d *changeDoc) error {
	d.reviewed(review.Problems)
	if a.asks && !s.yes && !s.dryRun {
		fmt.Fprint(a.errs, review.YAML+"\n")
	}
	fmt.Fprint(a.errs, renderProblems(review.Problems))
	if submit.Worst(review.Problems) == submit.Error && !s.overrule {
		return a.fail(exitRefused, "nothing was created: errors stand in the way", "put them right, or overrule them with --overrule")
	}
	if !s.dryRun {
		return nil
	}
	for _, x := range o.plan(review.Objects).Actions {
		d.Would = append(d.Would, newChanged(x.Target))
		if s.format != "json" {
			fmt.Fprintln(a.out, "would "+x.Title())
		}
	}
	return nil
}

// renderProblems prints a line a problem, and what to do below it.
func renderProblems(problems []submit.Problem) string {
	var b strings.Builder
	for _, p := range problems {
		fmt.Fprintf(&b, "%-7s  %s %s: %s\n", p.Severity, p.Object.Kind, p.Object, p.Says)
		if p.Do != "" {
			fmt.Fprintf(&b, "         -> %s\n", p.Do)
		}
	}
	return b.String()
}

// create asks and creates.
func (a *app) create(ctx context.Context, l *live.Live, f *fleet.Fleet, o order, review submit.Review, s submission, d *changeDoc) error {
	p := o.plan(review.Objects)
	words, err := wanted(p, f.Cluster)
	if err != nil {
		return a.fail(exitRefused, err.Error(), "")
	}
	if err := a.confirm(ctx, "create "+targets(p)+" on "+f.Cluster.Context, words, s.consent); err != nil {
		return err
	}
	outcomes := l.Submit(ctx, f.Cluster, review.Objects, o.recipe != nil)
	return a.submitted(ctx, l, f.Cluster, outcomes, s, d)
}

// submitted reports what was created. When a part failed the rest is taken
// back, unless it is unknown what became of that part: it may lean on the rest.
func (a *app) submitted(ctx context.Context, l *live.Live, on fleet.Cluster, outcomes []act.Outcome, s submission, d *changeDoc) error {
	if s.format == "text" {
		a.tell(outcomes)
	}
	a.advise(outcomes)
	switch back := act.TakeBack(outcomes); {
	case len(back.Actions) == 0 || !slices.ContainsFunc(outcomes, func(o act.Outcome) bool { return o.Result != act.Done }):
	case outcomes[len(outcomes)-1].Result == act.Unknown:
		a.complain("what was created stays, because the rest may be there as well: "+targets(back), "look at it, and delete it if it is not wanted")
	case s.keep || a.asks && !s.yes && !a.agreed(ctx, "Take back what was created ("+targets(back)+")?", true):
		a.complain("what was created stays: "+targets(back), "")
	default:
		outcomes = a.takeBack(ctx, l, on, outcomes, back)
	}
	d.came(outcomes)
	return d.end()
}

// targets names what a plan is about.
func targets(p act.Plan) string {
	names := make([]string, len(p.Actions))
	for i, x := range p.Actions {
		names[i] = x.Target.String()
	}
	return strings.Join(names, ", ")
}

// tell prints a line an object.
func (a *app) tell(outcomes []act.Outcome) {
	for _, o := range outcomes {
		if o.Result == act.Done {
			fmt.Fprintln(a.out, o.Says)
			continue
		}
		a.complain(o.Action.Target.String()+": "+o.Says, "")
	}
}

// takeBack deletes what was created, and returns the outcomes without it.
func (a *app) takeBack(ctx context.Context, l *live.Live, on fleet.Cluster, outcomes []act.Outcome, back act.Plan) []act.Outcome {
	left := slices.Clone(outcomes)
	for _, o := range l.Do(ctx, on, back.Actions) {
		at := slices.IndexFunc(left, func(c act.Outcome) bool { return c.Action.Target == o.Action.Target })
		if o.Result == act.Done {
			fmt.Fprintln(a.errs, "took back "+o.Action.Target.String())
			left = slices.Delete(left, at, at+1)
			continue
		}
		a.complain(o.Action.Target.String()+" was created and could not be taken back: "+o.Says, o.Hint)
		if o.Result == act.Unknown {
			left[at].Result, left[at].Says = act.Unknown, o.Says
		}
	}
	return left
}

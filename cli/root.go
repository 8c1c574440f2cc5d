// Package cli holds paddock's commands: the screen, the ones that print the
// same Fleet once, and doctor. It wires kube, gpu and live to ui, reads the
// configuration, and words the errors that end the program.
package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"paddock/fleet"
	"paddock/kube"
	"paddock/live"
	"paddock/ui"
)

// app is one run of the program: its flags, and where it writes.
type app struct {
	in            *bufio.Reader
	out, errs     io.Writer
	asks          bool   // questions can be asked and answered: standard input and error stream are terminals
	flush         func() // drops what was typed before a question; nil without a terminal
	env           func(string) string
	flags         kube.Flags
	namespaces    []string
	allNamespaces bool
	prometheus    string
	config        string
	debugFile     string
	readOnly      bool
	screen        ui.Options
}

// Main runs paddock with its arguments and returns the exit code. The one
// place that prints an error.
func Main(args []string, out, errs io.Writer) int {
	a := &app{in: bufio.NewReader(os.Stdin), out: out, errs: errs, env: os.Getenv}
	if a.asks = term.IsTerminal(os.Stdin.Fd()) && seen(errs); a.asks {
		a.flush = func() { flushInput(os.Stdin) }
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGHUP, syscall.SIGINT)
	defer stop()
	a.keepSmall(ctx)
	root := a.root()
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(errs)
	err := root.ExecuteContext(ctx)
	if err != nil && !errors.As(err, new(silent)) {
		a.complain(kube.Explain(err))
	}
	return exitCode(err)
}

// complain prints what is wrong, and below it what to do.
func (a *app) complain(what, hint string) {
	fmt.Fprintln(a.errs, "paddock: "+what)
	if hint != "" {
		fmt.Fprintln(a.errs, "  "+hint)
	}
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "paddock",
		Short: "Training jobs on Kubernetes GPU clusters, live in the terminal",
		Long: "paddock shows which training jobs run, wait, fail or waste GPUs on a Kubernetes cluster, and why.\n" +
			"Without a command it opens the screen.\n\n" + exitCodes,
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE:          func(cmd *cobra.Command, _ []string) error { return a.open(cmd.Context()) },
	}
	fs := root.PersistentFlags()
	a.flags.Bind(fs)
	fs.StringSliceVarP(&a.namespaces, "namespace", "n", nil, "Look at these namespaces only (a,b,c); without it at all that may be read")
	fs.BoolVarP(&a.allNamespaces, "all-namespaces", "A", false, "Look at all namespaces that may be read, whatever the configuration says")
	fs.StringVar(&a.prometheus, "prometheus", "", "URL of Prometheus (or Thanos, Mimir, VictoriaMetrics) with the DCGM series; else $PADDOCK_PROMETHEUS, the configuration, or the cluster's own")
	fs.StringVar(&a.config, "config", "", "Configuration file (default $XDG_CONFIG_HOME/paddock/config.yaml)")
	fs.StringVar(&a.debugFile, "debug", "", "Append a log of what paddock does to this file")
	fs.BoolVar(&a.readOnly, "read-only", false, "Take every key and command away that changes the cluster")
	root.Flags().BoolVar(&a.screen.ASCII, "ascii", false, "Draw with ASCII characters only")
	root.Flags().BoolVar(&a.screen.Mouse, "mouse", false, "Use the mouse (then the terminal's own text selection needs shift)")
	a.completions(root)
	root.AddCommand(a.listCommands()...)
	root.AddCommand(a.changeCommands()...)
	root.AddCommand(a.logsCommand(), a.incidentCommand(), a.submitCommand(), a.recipeCommand(), a.doctorCommand(), a.versionCommand())
	return root
}

// open shows the screen. The watches start at the same time as the screen, so
// that the first frame waits for nothing. Changes under way when it is closed
// are finished first.
func (a *app) open(ctx context.Context) error {
	if !seen(a.out) || !typed() {
		return errNoTerminal
	}
	l, closeLog, err := a.dashboard()
	if err != nil {
		return err
	}
	defer closeLog()
	a.screen.ReadOnly = a.readOnly
	l.Outlast()
	group, ctx := errgroup.WithContext(ctx)
	watch, stop := context.WithCancel(ctx)
	group.Go(func() error { return l.Run(watch) })
	group.Go(func() error {
		err := ui.Run(ctx, l, a.screen)
		stop()
		a.finish(l)
		return err
	})
	return group.Wait()
}

// errNoTerminal is the answer to a screen that nobody could see.
var errNoTerminal = errors.New("the screen needs a terminal; paddock jobs, workers, nodes and teams print without one")

// seen tells whether what is written there is seen on a terminal.
func seen(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(f.Fd())
}

// typed tells whether keys can be read: from the standard input, or else from
// the terminal that the program belongs to.
func typed() bool {
	if term.IsTerminal(os.Stdin.Fd()) {
		return true
	}
	tty, err := os.Open("/dev/tty")
	if err != nil {
		return false
	}
	return tty.Close() == nil
}

// dashboard reads the configuration and prepares what all commands share. It
// does not touch the network.
func (a *app) dashboard() (*live.Live, func(), error) {
	log, closeLog, err := openLog(a.debugFile)
	if err != nil {
		return nil, nil, err
	}
	l, err := a.connect(log)
	if err != nil {
		closeLog()
		return nil, nil, err
	}
	return l, closeLog, nil
}

func (a *app) connect(log *slog.Logger) (*live.Live, error) {
	cfg, err := loadConfig(a.configPath())
	if err != nil {
		return nil, err
	}
	if a.allNamespaces {
		a.namespaces = nil
	}
	settings, err := a.settings(cfg)
	if err != nil {
		return nil, err
	}
	return live.New(live.Options{
		Flags: &a.flags, Target: kube.Target{Namespaces: a.namespaces}, Settings: settings, State: a.stateDir(), Log: log,
		Incidents: cfg.incidents(), Version: buildVersion(),
	})
}

// settings gives each context its settings. A URL from a flag or the
// environment is meant for the context that paddock starts with: after a
// switch it would show one cluster's numbers beside another's jobs.
func (a *app) settings(cfg *config) (func(string) live.Settings, error) {
	url := a.prometheus
	if url == "" {
		url = a.env("PADDOCK_PROMETHEUS")
	}
	contexts, err := a.flags.Contexts()
	if err != nil {
		return nil, err
	}
	start := "in-cluster"
	if i := slices.IndexFunc(contexts, func(c fleet.ContextInfo) bool { return c.Current }); i >= 0 {
		start = contexts[i].Name
	}
	return func(context string) live.Settings {
		s := cfg.settings(context)
		s.ReadOnly = s.ReadOnly || a.readOnly
		if url != "" && (context == start || context == "") {
			s.Prometheus.URL = url
		}
		return s
	}, nil
}

func (a *app) configPath() (path string, required bool) {
	if a.config != "" {
		return a.config, true
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", false
	}
	return strings.Join([]string{dir, "paddock", "config.yaml"}, string(os.PathSeparator)), false
}

// stateDir is the folder of the audit log and of saved manifests; "" when there
// is no home directory. A relative path is as good as none: see the XDG Base
// Directory Specification.
func (a *app) stateDir() string {
	if dir := a.env("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "paddock")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return filepath.Join(home, ".local", "state", "paddock")
}

package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"paddock/act"
	"paddock/kube"
	"paddock/live"
	"paddock/submit"
)

func (a *app) recipeCommand() *cobra.Command {
	secrets := false
	cmd := &cobra.Command{
		Use: "recipe JOB", Short: "Print the recipe of a Job, to change and submit it again",
		Long: "What a recipe can't say of the Job is named on the error stream. Values that look secret are hidden.\n" + jobHelp,
		Args: takes(1, 1), ValidArgsFunction: a.completeArguments(change{most: 1, complete: jobNames}),
		RunE: func(cmd *cobra.Command, args []string) error { return a.recipe(cmd.Context(), args[0], secrets) },
	}
	cmd.Flags().BoolVar(&secrets, "show-secrets", false, "Print values that look secret as they are")
	return strict(cmd)
}

func (a *app) recipe(ctx context.Context, named string, secrets bool) error {
	return a.during(ctx, func(l *live.Live) error {
		f, err := a.picture(ctx, l)
		if err != nil {
			return err
		}
		j, err := findJob(f, named)
		if err != nil {
			return err
		}
		r, lost, err := l.RecipeOf(ctx, act.Target{Ref: j.Ref, APIVersion: j.APIVersion, UID: j.UID, Job: j.Ref, JobUID: j.UID})
		if err != nil {
			return err
		}
		return a.printRecipe(r, lost, secrets)
	})
}

// printRecipe prints a recipe, and as comments what it lacks.
func (a *app) printRecipe(r submit.Recipe, lost []string, secrets bool) error {
	concealed := 0
	if !secrets {
		r, concealed = kube.HideRecipe(r)
	}
	text, err := submit.Marshal(r)
	if err != nil {
		return err
	}
	if _, err := a.out.Write(text); err != nil {
		return err
	}
	for _, what := range lost {
		fmt.Fprintln(a.errs, "# not in the recipe: "+what)
	}
	switch {
	case concealed == 1:
		fmt.Fprintln(a.errs, "# 1 value that looks secret is hidden; --show-secrets shows it")
	case concealed > 1:
		fmt.Fprintf(a.errs, "# %d values that look secret are hidden; --show-secrets shows them\n", concealed)
	}
	return nil
}

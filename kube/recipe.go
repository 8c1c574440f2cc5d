package kube

import (
	"context"

	batchv1 "k8s.io/api/batch/v1"

	"paddock/act"
	"paddock/submit"
)

// RecipeOf is the recipe of a Job, to be submitted again, and what a recipe
// can't say of it. It hides nothing and cleans nothing, for the new job is to
// be the same: HideRecipe makes it fit to be shown. Other kinds have no recipe.
func (c *Client) RecipeOf(ctx context.Context, t act.Target) (r submit.Recipe, lost []string, err error) {
	if t.Ref.Kind != "Job" || t.APIVersion != "batch/v1" {
		return r, nil, nothing{"a recipe is made of a batch/v1 Job, and " + t.String() + " is none", "copy its YAML instead"}
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	var job batchv1.Job
	if err := c.get(ctx, t.Ref, "jobs", &job); err != nil {
		return r, nil, err
	}
	if string(job.UID) != t.UID {
		return r, nil, another(t)
	}
	r, lost = submit.FromJob(&job)
	for i := range lost {
		lost[i] = clean(lost[i])
	}
	return r, lost, nil
}

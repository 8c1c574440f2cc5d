package jobs

import (
	"fmt"
	"slices"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
)

// verdict is what a pod failure policy says of a failed pod.
type verdict struct {
	action  batch.PodFailurePolicyAction // empty: no rule matches
	counts  bool                         // towards the backoff limit
	message string                       // with the action FailJob: why the Job fails
}

func judge(policy *batch.PodFailurePolicy, p *core.Pod) verdict {
	if policy == nil {
		return verdict{counts: true}
	}
	for i, rule := range policy.Rules {
		var why string
		switch {
		case rule.OnExitCodes != nil:
			c := exitMatch(p, rule.OnExitCodes)
			if c == nil {
				continue
			}
			why = fmt.Sprintf("Container %s for pod %s/%s failed with exit code %v matching %v rule at index %d",
				c.Name, p.Namespace, p.Name, c.State.Terminated.ExitCode, rule.Action, i)
		case rule.OnPodConditions != nil:
			c := conditionMatch(p, rule.OnPodConditions)
			if c == nil {
				continue
			}
			why = fmt.Sprintf("Pod %s/%s has condition %v matching %v rule at index %d", p.Namespace, p.Name, c.Type, rule.Action, i)
		default:
			continue
		}
		v := verdict{action: rule.Action, counts: rule.Action != batch.PodFailurePolicyActionIgnore}
		if rule.Action == batch.PodFailurePolicyActionFailJob {
			v.message = why
		}
		return v
	}
	return verdict{counts: true}
}

func exitMatch(p *core.Pod, rule *batch.PodFailurePolicyOnExitCodesRequirement) *core.ContainerStatus {
	for _, c := range slices.Concat(p.Status.ContainerStatuses, p.Status.InitContainerStatuses) {
		end := c.State.Terminated
		if end == nil || end.ExitCode == 0 || rule.ContainerName != nil && *rule.ContainerName != c.Name {
			continue
		}
		if slices.Contains(rule.Values, end.ExitCode) == (rule.Operator == batch.PodFailurePolicyOnExitCodesOpIn) {
			return &c
		}
	}
	return nil
}

func conditionMatch(p *core.Pod, patterns []batch.PodFailurePolicyOnPodConditionsPattern) *core.PodCondition {
	for _, c := range p.Status.Conditions {
		for _, pattern := range patterns {
			if c.Type == pattern.Type && c.Status == pattern.Status {
				return &c
			}
		}
	}
	return nil
}

package submit

// Choices are names in the cluster from which the fields of a recipe are
// completed, sorted. What may not be read is empty.
type Choices struct {
	Claims          []string
	PullSecrets     []string // that the service account names: secrets are never listed
	ServiceAccounts []string
	PriorityClasses []string
	Queues          []string // Kueue's local queues
}

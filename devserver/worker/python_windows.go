package worker

import "context"

// zygote is nothing on Windows, where no process can be forked.
type zygote struct{}

func (*zygote) close() {}

func (p *Python) start(ctx context.Context, spec Spec) (*Worker, error) {
	return start(ctx, spec, p.plan)
}

func (p *Python) warm([]string) {}

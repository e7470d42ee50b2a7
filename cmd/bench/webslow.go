package main
type slowCmd struct{}
func (slowCmd) Run() error { return nil }

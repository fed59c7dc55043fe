// Every scenario starts processes of its own and this machine may have two cores: one at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

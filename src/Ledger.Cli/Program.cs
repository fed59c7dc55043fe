using Ledger.Cli;
using Ledger.Cli.Hosting;

using StopSignal stop = new();
return await LedgerCommand.RunAsync(args, Surroundings.OfProcess(), stop.Token);

using System.Globalization;
using Ledger.Cli;
using Ledger.Cli.Hosting;

// What people read names its culture; everything else, and the host with its logs, must not depend on who started it.
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;

PrivateMemory.Keep();
using StopSignal stop = new();
return await LedgerCommand.RunAsync(args, Surroundings.OfProcess(), stop.Token);

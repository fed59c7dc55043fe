using System.Runtime.InteropServices;

namespace Ledger.Cli.Hosting;

/// <summary>Ctrl-C and SIGTERM ask once to stop in order; a second one ends the process as the system would.</summary>
internal sealed class StopSignal : IDisposable
{
    private readonly CancellationTokenSource asked = new();
    private readonly PosixSignalRegistration[] registrations;

    public StopSignal() => registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle),
    ];

    public CancellationToken Token => asked.Token;

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in registrations)
        {
            registration.Dispose();
        }

        asked.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        if (!asked.IsCancellationRequested)
        {
            context.Cancel = true;
            asked.Cancel();
        }
    }
}

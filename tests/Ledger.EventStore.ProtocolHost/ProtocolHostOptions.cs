using System.Security.Cryptography.X509Certificates;
using Ledger.EventStore;

namespace Ledger.ProtocolHosting;

/// <summary>How the host is to behave, well or badly.</summary>
public sealed record ProtocolHostOptions
{
    /// <summary>0: any free one.</summary>
    public int Port { get; init; }

    /// <summary>Set: TLS with this certificate. Null: in the clear.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>Set: every call must carry them. Null: nobody is asked.</summary>
    public (string User, string Password)? Credentials { get; init; }

    /// <summary>As the server's setting of that name; its default is the server's.</summary>
    public int MaxAppendSize { get; init; } = 1024 * 1024;

    /// <summary>Leave the position out of the answers to appends, as servers may for one made before.</summary>
    public bool WithoutPositions { get; init; }

    /// <summary>Awaited before each append reaches the store: lets a test hold appends on their way.</summary>
    public Func<StreamAppend, Task> BeforeAppend { get; init; } = static _ => Task.CompletedTask;
}

namespace Ledger.EventStore.EventStoreDb;

/// <summary>What a connection string says; <see cref="ConnectionString"/> reads it.</summary>
internal sealed record EventStoreDbSettings
{
    /// <summary>One or more nodes; several are seeds of which one is asked who leads.</summary>
    public required IReadOnlyList<Endpoint> Endpoints { get; init; }

    /// <summary>Ask for the leader even when one node is named (<c>esdb+discover://</c>).</summary>
    public bool Discover { get; init; }

    /// <summary>Null: no credentials are sent.</summary>
    public Credentials? Credentials { get; init; }

    public bool Tls { get; init; } = true;

    /// <summary>False accepts any certificate: for tests only.</summary>
    public bool TlsVerifyCert { get; init; } = true;

    /// <summary>PEM file of the authorities to trust instead of the machine's.</summary>
    public string? TlsCaFile { get; init; }

    /// <summary>Time without traffic after which the connection is pinged; <see cref="Timeout.InfiniteTimeSpan"/>: never.</summary>
    public TimeSpan KeepAliveInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a ping may stay unanswered before the connection counts as lost.</summary>
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long an append, or one step of a read, may take.</summary>
    public TimeSpan DefaultDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long one node may take to answer who leads.</summary>
    public TimeSpan GossipTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Pause between rounds of asking all nodes who leads.</summary>
    public TimeSpan DiscoveryInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Rounds of asking before the call fails.</summary>
    public int MaxDiscoverAttempts { get; init; } = 10;

    /// <summary>Shown in the server's logs.</summary>
    public string ConnectionName { get; init; } = "ledger";
}

/// <summary>User and password for HTTP basic authentication.</summary>
internal sealed record Credentials(string User, string Password)
{
    /// <summary>Never the password: this ends up in logs.</summary>
    public override string ToString() => User;
}

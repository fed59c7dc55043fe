namespace Ledger.Contracts.Transparency;

/// <summary>
/// The transparency log of one organisation: the one writer that follows the store, grows the tree and signs it. The key is the
/// organisation. Harmless when active twice: a checkpoint counts once it stands in the store at the exact revision.
/// </summary>
[Alias("ledger.transparency.log")]
public interface ITransparencyLog : IGrainWithStringKey
{
    /// <summary>Sees to it that the log runs, and says how it does. Every silo asks, so a log that died with its silo goes on in another.</summary>
    [Alias("keep")]
    Task<LogStatus> KeepAsync();

    /// <summary>Waits, at most <paramref name="patience"/>, until the published checkpoint covers a position of the store.</summary>
    /// <returns>Whether it does.</returns>
    [Alias("await-published")]
    Task<bool> AwaitPublishedAsync(ulong commit, ulong prepare, TimeSpan patience);

    /// <summary>The newest checkpoint signed, published or still waiting for witnesses: a signed note (c2sp.org/tlog-checkpoint), or nothing.</summary>
    [Alias("signed-checkpoint")]
    Task<byte[]?> SignedCheckpointAsync();

    /// <summary>Takes a witness's cosignature: the checkpoint with the witness's line.</summary>
    /// <returns>Nothing if it was taken, or why not.</returns>
    [Alias("add-cosignature")]
    Task<Refusal?> AddCosignatureAsync(byte[] note);
}

/// <summary>How a log does.</summary>
/// <param name="SignedDelay">Age of the oldest event that is in no signed checkpoint, or for how long the log has refused to sign if that is longer.</param>
/// <param name="PublishedDelay">Age of the oldest event that is in no published checkpoint; the same holds.</param>
/// <param name="Stopped">Why the log refuses to sign, in English for the operator; nothing while it runs.</param>
[GenerateSerializer, Immutable, Alias("ledger.transparency.log-status")]
public sealed record LogStatus(
    [property: Id(0)] TimeSpan SignedDelay, [property: Id(1)] TimeSpan PublishedDelay, [property: Id(2)] string? Stopped);

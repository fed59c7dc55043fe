using System.Text.Json;
using Ledger.Contracts.Transparency;
using Ledger.EventStore;
using Ledger.Silo.Hosting;
using Ledger.Silo.Organisations.Retention;
using Ledger.Silo.Transparency;
using Ledger.Verification;

namespace Ledger.Silo.Organisations;

/// <summary>An organisation's own stream, <c>organisation-{org}</c>: its keys, who is erased and what was destroyed when its time was over, in the order they came.</summary>
internal sealed class OrganisationStream(IEventStore store, string organisation, TimeProvider time, Entropy entropy)
{
    public string Name { get; } = LogLeaves.OrganisationStream(organisation);

    public async Task<OrganisationState> FoldAsync(CancellationToken cancellationToken)
    {
        OrganisationState state = new(Revisions.NoStream, ChainedEvent.FirstSalt, null, [], []);
        await foreach (RecordedEvent stored in store.ReadStreamAsync(Name, ReadDirection.Forwards, 0, int.MaxValue, cancellationToken))
        {
            state = state.Apply(stored);
        }

        return state;
    }

    /// <summary>Records that a worker is erased, once.</summary>
    public async Task RecordErasedAsync(string worker, CancellationToken cancellationToken)
    {
        while (true)
        {
            OrganisationState state = await FoldAsync(cancellationToken);
            if (state.Erased.Contains(worker) || await TryAppendAsync(
                state, WorkerErased.Type, JsonSerializer.SerializeToUtf8Bytes(new WorkerErased(organisation, worker), OrganisationJson.Default.WorkerErased), cancellationToken))
            {
                return;
            }
        }
    }

    /// <summary>Appends one event after the state it was decided on.</summary>
    /// <returns>False: the stream has moved on, fold again.</returns>
    public async Task<bool> TryAppendAsync(OrganisationState state, string type, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        ChainedEvent chained = ChainedEvent.ComposeAlone(type, data, Name, state.LastRevision + 1, state.NextSalt, "operator", time, entropy);
        return (await store.AppendAsync(new StreamAppend(Name, state.LastRevision, [chained.Event]), cancellationToken)).Appended;
    }
}

/// <summary>What an organisation's stream says.</summary>
/// <param name="LastRevision">Revision of its last event, or <see cref="Revisions.NoStream"/>.</param>
/// <param name="NextSalt">Salt of the next event.</param>
/// <param name="KeyFingerprint">Fingerprint of the registered organisation key.</param>
/// <param name="LogKeys">Keys of the transparency log, oldest first.</param>
/// <param name="Erased">Workers whose keys are destroyed.</param>
internal sealed record OrganisationState(
    long LastRevision, ReadOnlyMemory<byte> NextSalt, string? KeyFingerprint, IReadOnlyList<RegisteredLogKey> LogKeys, HashSet<string> Erased)
{
    /// <summary>What was destroyed when its time was over.</summary>
    public RetentionState Retention { get; } = new();

    public OrganisationState Apply(RecordedEvent stored)
    {
        EventMetadata metadata = EventMetadata.Read(stored);
        OrganisationState next = this with { LastRevision = stored.Revision, NextSalt = metadata.NextSalt };
        switch (stored.Type)
        {
            case OrganisationKeyRegistered.Type:
                return next with { KeyFingerprint = KeyFingerprint ?? Read(stored, OrganisationJson.Default.OrganisationKeyRegistered).Fingerprint };
            case LogKeyRegistered.Type:
                LogKeyRegistered first = Read(stored, LogJson.Default.LogKeyRegistered);
                return next with { LogKeys = [new RegisteredLogKey(first.VerifierKey, metadata.RecordedAt, null)] };
            case LogKeyRotated.Type:
                LogKeyRotated rotated = Read(stored, LogJson.Default.LogKeyRotated);
                return next with { LogKeys = [.. LogKeys, new RegisteredLogKey(rotated.VerifierKey, metadata.RecordedAt, rotated.Statement)] };
            case WorkerErased.Type:
                Erased.Add(Read(stored, OrganisationJson.Default.WorkerErased).Worker);
                return next;
            case RetentionDecided.Type:
                Retention.Apply(Read(stored, OrganisationJson.Default.RetentionDecided));
                return next;
            case RetentionApplied.Type:
                Retention.Apply(Read(stored, OrganisationJson.Default.RetentionApplied));
                return next;
            default:
                return next;
        }
    }

    internal static T Read<T>(RecordedEvent stored, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> form) =>
        JsonSerializer.Deserialize(stored.Data.Span, form)
        ?? throw new InvalidDataException($"Event {stored.Revision} of stream {stored.Stream} is empty.");
}

/// <summary>A key that the log signs or signed with.</summary>
/// <param name="VerifierKey">Verifier key (c2sp.org/signed-note); its name is the log's origin.</param>
/// <param name="Since">When it was registered, UTC.</param>
/// <param name="Statement">The note that passes the log on to it; nothing for the first.</param>
internal sealed record RegisteredLogKey(string VerifierKey, DateTimeOffset Since, string? Statement);

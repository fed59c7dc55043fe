using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Ledger.EventStore.Embedded;

/// <summary>
/// The event store that needs nothing installed: one SQLite file in WAL mode, one writer, one fsync for all that waits.
/// </summary>
public sealed class EmbeddedEventStore : IEventStore, IAsyncDisposable
{
    private const int CheckpointEveryScans = 1_000;
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private readonly EmbeddedEventStoreOptions _options;
    private readonly StoreDirectory _directory;
    private readonly AppendQueue _queue;
    private readonly CommitSignal _signal = new();
    private readonly ReaderPool _readers;
    private readonly Writer _writer;
    private int _disposed;

    private EmbeddedEventStore(EmbeddedEventStoreOptions options, StoreDirectory directory, TimeProvider time, ILogger logger)
    {
        _options = options;
        _directory = directory;
        _queue = new AppendQueue(options);
        _writer = new Writer(directory, options, _queue, _signal, time, logger);
        _readers = new ReaderPool(directory.DatabasePath, options.MaxConcurrentReads);
    }

    /// <summary>Opens the store, and creates it in an empty directory.</summary>
    /// <exception cref="EventStoreUnavailableException">Another process has it open, or the disk does not answer.</exception>
    /// <exception cref="EventStoreFullException">The disk has no room for the files of the store.</exception>
    /// <exception cref="InvalidOperationException">The file was written by a newer version, or is not an event store.</exception>
    public static EmbeddedEventStore Open(EmbeddedEventStoreOptions options, TimeProvider time, ILogger logger)
    {
        var directory = StoreDirectory.Take(options.Directory);
        try
        {
            return new EmbeddedEventStore(options, directory, time, logger);
        }
        catch (Exception e) when (e is SqliteFault or IOException)
        {
            directory.Dispose();
            throw Refusal.Of(e, directory.DatabasePath, TimeSpan.FromSeconds(5));
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask<AppendResult> AppendAsync(StreamAppend append, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var pending = new PendingAppend(append, Validate(append));
        pending.AbandonOn(cancellationToken);
        try
        {
            _queue.Add(pending);
        }
        catch (EventStoreUnavailableException e)
        {
            pending.Refuse(e);
        }

        return new ValueTask<AppendResult>(pending.Task);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<RecordedEvent> ReadStreamAsync(
        string stream, ReadDirection direction, long fromRevision, int maxCount, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var id = await _readers.ReadAsync(stream, static (reader, stream) => reader.FindStream(stream), cancellationToken);
        var revision = fromRevision;
        while (id is not null && maxCount > 0)
        {
            var page = await _readers.ReadAsync(
                (Id: id.Value, direction, revision, maxCount),
                static (reader, p) => reader.ReadStream(p.Id, p.direction, p.revision, p.maxCount),
                cancellationToken);
            foreach (var @event in page.Events)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return @event;
            }

            if (page.AtEnd)
            {
                yield break;
            }

            maxCount -= page.Events.Count;
            revision = direction == ReadDirection.Forwards ? page.Last + 1 : page.Last - 1;
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<RecordedEvent> ReadAllAsync(
        ReadDirection direction, StorePosition from, int maxCount, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var position = Positions.RowId(from);
        while (maxCount > 0)
        {
            var page = await _readers.ReadAsync(
                (direction, position, maxCount),
                static (reader, p) => reader.ReadAll(p.direction, p.position, p.maxCount, IsOurs),
                cancellationToken);
            foreach (var @event in page.Events)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return @event;
            }

            if (page.AtEnd)
            {
                yield break;
            }

            maxCount -= page.Events.Count;
            position = page.Last;
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<SubscriptionMessage> SubscribeToAllAsync(
        StorePosition after, IReadOnlyList<string> streamPrefixes, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var prefixes = streamPrefixes.ToArray();
        Func<string, bool> wanted = prefixes.Length == 0
            ? IsOurs
            : stream => Array.Exists(prefixes, prefix => stream.StartsWith(prefix, StringComparison.Ordinal));
        var position = after == StorePosition.End ? _signal.Position : Positions.RowId(after);
        var unmatched = 0;
        while (true)
        {
            var page = await _readers.ReadAsync(
                (position, wanted),
                static (reader, p) => reader.ReadAll(ReadDirection.Forwards, p.position, int.MaxValue, p.wanted),
                cancellationToken);
            foreach (var @event in page.Events)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return new SubscriptionMessage.EventAppeared(@event);
            }

            if (page.Scanned > 0)
            {
                position = page.Last;
                var delivered = page.Events.Count > 0 ? Positions.RowId(page.Events[^1].Position) : -1;
                unmatched = delivered == position ? 0 : unmatched + page.Scanned - page.Events.Count;
            }

            if (unmatched > 0 && (page.AtEnd || unmatched >= CheckpointEveryScans))
            {
                unmatched = 0;
                yield return new SubscriptionMessage.Checkpointed(Positions.Of(position));
            }

            if (page.AtEnd)
            {
                await _signal.WaitBeyondAsync(position, cancellationToken);
            }
        }
    }

    /// <summary>Whether all of the file belongs together; nothing if so. A stream is read by an index, which could lack events that the store has.</summary>
    /// <remarks>Reads the whole file: a second for a million events.</remarks>
    /// <returns>What is damaged, in SQLite's words.</returns>
    public ValueTask<string?> FindDamageAsync(CancellationToken cancellationToken) =>
        _readers.ReadAsync(0, static (reader, _) => reader.FindDamage(), cancellationToken);

    /// <summary>Writes what is queued, then closes the file. Subscriptions end with <see cref="EventStoreUnavailableException"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        // The writer last: only its connection may move the log into the database and remove it.
        await _readers.DisposeAsync();
        await _writer.CloseAsync();
        _signal.Close();
        _directory.Dispose();
    }

    private static bool IsOurs(string stream) => !stream.StartsWith('$');

    private int Validate(StreamAppend append)
    {
        CheckName(append.Stream, nameof(StreamAppend.Stream));
        if (append.ExpectedRevision < Revisions.NoStream)
        {
            throw new ArgumentException($"There is no revision {append.ExpectedRevision} to append after.", nameof(append));
        }

        if (append.Events.Count is 0 || append.Events.Count > _options.MaxEventsPerCommit)
        {
            throw new ArgumentException($"An append has 1 to {_options.MaxEventsPerCommit} events, not {append.Events.Count}.", nameof(append));
        }

        long bytes = 0;
        for (var i = 0; i < append.Events.Count; i++)
        {
            CheckName(append.Events[i].Type, nameof(NewEvent.Type));
            bytes += append.Events[i].Data.Length + append.Events[i].Metadata.Length;
        }

        return bytes <= _options.MaxAppendBytes
            ? (int)bytes
            : throw new ArgumentException($"An append has at most {_options.MaxAppendBytes} bytes, not {bytes}.", nameof(append));
    }

    // Two names must never become the same bytes: lone surrogates would, and a NUL would end the text early.
    private void CheckName(string name, string what)
    {
        if (name.Length is 0 || name.Length > _options.MaxNameLength || name.Contains('\0', StringComparison.Ordinal))
        {
            throw new ArgumentException($"{what} has 1 to {_options.MaxNameLength} characters and no NUL.", nameof(name));
        }

        if (!Ascii.IsValid(name))
        {
            StrictUtf8.GetByteCount(name);
        }
    }
}

using System.Globalization;
using Ledger.EventStore.Embedded;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ledger.EventStore.Faults;

/// <summary>Round N: the N-th call on the store's files fails, from opening an empty directory on.</summary>
internal sealed class FaultRounds(string root, FaultKind kind)
{
    private const int Appenders = 4;
    private const int AppendsAfterFault = 2;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);
    private int _ids;
    private int _full;
    private int _unavailable;
    private long _atOpen;
    private long _atClose;

    public async Task<string> RunAsync(int rounds)
    {
        for (var n = 1; n <= rounds; n++)
        {
            try
            {
                await RoundAsync(n);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Round {n} of {kind}", e);
            }
        }

        return string.Create(
            CultureInfo.InvariantCulture,
            $"rounds={rounds} injected={FailingIo.Injected(-1)} write={FailingIo.Injected(0)} sync={FailingIo.Injected(1)} truncate={FailingIo.Injected(2)} allocate={FailingIo.Injected(3)} atOpen={_atOpen} atClose={_atClose} full={_full} unavailable={_unavailable}");
    }

    private async Task RoundAsync(int n)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        var directory = Path.Combine(root, n.ToString(CultureInfo.InvariantCulture));
        var written = Enumerable.Range(0, Appenders).Select(_ => new List<NewEvent>()).ToArray();
        var before = FailingIo.Injected(-1);
        FailingIo.Arm(n, kind);
        var store = await OpenAsync(directory, deadline.Token);
        _atOpen += FailingIo.Injected(-1) - before;
        await Task.WhenAll(written.Select((w, i) => Task.Run(() => AppendAsync(store, $"worker-{i}", w, before, deadline.Token))));
        FailingIo.Disarm();
        await CheckAsync(store, written, deadline.Token);

        // Closing fails too, and has nothing to say about it: all is in the log.
        var closing = FailingIo.Injected(-1);
        FailingIo.Arm(1 + (n % 12), kind);
        await store.DisposeAsync().AsTask().WaitAsync(deadline.Token);
        FailingIo.Disarm();
        _atClose += FailingIo.Injected(-1) - closing;

        await using (var again = await OpenAsync(directory, deadline.Token))
        {
            await CheckAsync(again, written, deadline.Token);
        }

        Directory.Delete(directory, recursive: true);
    }

    // Like a producer: on a refusal the same events again, until they are taken. Where the store said that nothing was
    // written, other events take their place, so that a lie would be a conflict.
    private async Task AppendAsync(EmbeddedEventStore store, string stream, List<NewEvent> written, long injectedBefore, CancellationToken cancellationToken)
    {
        for (var after = 0; after < AppendsAfterFault;)
        {
            var faulted = FailingIo.Injected(-1) > injectedBefore;
            var events = Events(written.Count);
            var unknown = false;
            while (true)
            {
                try
                {
                    var answer = await store.AppendAsync(new StreamAppend(stream, written.Count - 1, events), cancellationToken);
                    Require(answer.Appended && answer.LastRevision == written.Count + events.Length - 1, $"{stream} after {written.Count - 1}: {answer}");
                    break;
                }
                catch (EventStoreFullException)
                {
                    Interlocked.Increment(ref _full);
                    events = unknown ? events : Events(written.Count);
                }
                catch (EventStoreUnavailableException)
                {
                    Interlocked.Increment(ref _unavailable);
                    unknown = true;
                }

                await Task.Delay(1, cancellationToken);
            }

            written.AddRange(events);
            after += faulted ? 1 : 0;
        }
    }

    private NewEvent[] Events(int seed) =>
        [.. Enumerable.Range(0, 1 + (seed % 2)).Select(_ => Event(Interlocked.Increment(ref _ids)))];

    private static NewEvent Event(int number)
    {
        var data = new byte[100 + (number * 977 % 6_000)];
        data.AsSpan().Fill((byte)number);
        return new NewEvent(new Guid(number, 0, 0, new byte[8]), "decision-recorded.v1", data, default);
    }

    private async Task<EmbeddedEventStore> OpenAsync(string directory, CancellationToken cancellationToken)
    {
        var options = new EmbeddedEventStoreOptions { Directory = directory, CheckpointPages = 64, ReopenAfterMs = 1 };
        while (true)
        {
            try
            {
                return EmbeddedEventStore.Open(options, TimeProvider.System, NullLogger.Instance);
            }
            catch (EventStoreUnavailableException e)
            {
                _ = e is EventStoreFullException ? Interlocked.Increment(ref _full) : Interlocked.Increment(ref _unavailable);
            }

            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private static async Task CheckAsync(EmbeddedEventStore store, List<NewEvent>[] written, CancellationToken cancellationToken)
    {
        for (var i = 0; i < written.Length; i++)
        {
            var revision = 0;
            await foreach (var e in store.ReadStreamAsync($"worker-{i}", ReadDirection.Forwards, 0, int.MaxValue, cancellationToken))
            {
                Require(
                    revision < written[i].Count && e.Revision == revision && e.Id == written[i][revision].Id && e.Data.Span.SequenceEqual(written[i][revision].Data.Span),
                    $"worker-{i} has another event at {revision}");
                revision++;
            }

            Require(revision == written[i].Count, $"worker-{i} has {revision} events of {written[i].Count}");
        }

        var position = StorePosition.Start;
        var all = 0;
        await foreach (var e in store.ReadAllAsync(ReadDirection.Forwards, StorePosition.Start, int.MaxValue, cancellationToken))
        {
            Require(e.Position > position, "The order of the store repeats itself");
            position = e.Position;
            all++;
        }

        Require(all == written.Sum(w => w.Count), $"The store has {all} events");
    }

    private static void Require(bool truth, string otherwise)
    {
        if (!truth)
        {
            throw new InvalidOperationException(otherwise);
        }
    }
}

using CsCheck;
using FluentAssertions;
using Ledger.EventStore.Embedded;
using Xunit;

namespace Ledger.EventStore.Tests.Embedded;

/// <summary>The store answers every sequence of calls like a list in memory; CsCheck prints the seed of a failure.</summary>
public sealed class EmbeddedModelTests
{
    private static readonly Gen<Step> Steps = Gen.OneOf<Step>(
        Gen.Select(Gen.Int[0, 3], Gen.Int[-2, 1], Gen.Int[1, 4], Gen.Int[0, 40], (stream, offset, count, id) => (Step)new Append(stream, offset, count, id)),
        Gen.Int[0, 20].Select(back => (Step)new Repeat(back)),
        Gen.Select(Gen.Int[0, 4], Gen.Bool, Gen.Int[0, 12], Gen.Int[0, 9], (stream, forwards, from, max) => (Step)new ReadOne(stream, forwards, from, max)),
        Gen.Select(Gen.Bool, Gen.Int[0, 40], Gen.Int[0, 40], (forwards, from, max) => (Step)new ReadEvery(forwards, from, max)),
        Gen.Const((Step)new Reopen()));

    [Fact]
    public async Task Store_AnySequenceOfCalls_AnswersLikeTheModel() =>
        await Steps.Array[1, 40].SampleAsync(RunAsync, iter: 40, threads: 1);

    private static async Task RunAsync(Step[] steps)
    {
        using var files = new TemporaryStore();
        var store = files.Open();
        try
        {
            var model = new Model();
            foreach (var step in steps)
            {
                if (step is Reopen)
                {
                    await store.DisposeAsync();
                    store = files.Open();
                }

                await CheckAsync(step, store, model);
            }
        }
        finally
        {
            await store.DisposeAsync();
        }
    }

    private static async Task CheckAsync(Step step, EmbeddedEventStore store, Model model)
    {
        switch (step)
        {
            case Append(var stream, var offset, var count, var id):
                // Few ids, so that appends meet their own events again.
                var append = new StreamAppend(
                    $"s-{stream}",
                    Math.Max(-1, model.Last($"s-{stream}") + offset),
                    [.. Enumerable.Range(0, count).Select(i => new NewEvent(Id(id + i), "t", new byte[] { (byte)id }, default))]);
                model.Appended.Add(append);
                (await store.AppendAsync(append, default)).Should().Be(model.Append(append));
                break;
            case Repeat(var back) when back < model.Appended.Count:
                var again = model.Appended[^(back + 1)];
                (await store.AppendAsync(again, default)).Should().Be(model.Append(again));
                break;
            case ReadOne(var stream, var forwards, var from, var max):
                var start = !forwards && from == 12 ? Revisions.End : from;
                var one = await store.ReadStreamAsync($"s-{stream}", Direction(forwards), start, max, default)
                    .Select(e => (e.Stream, e.Revision, e.Id)).ToListAsync();
                one.Should().Equal(model.Read($"s-{stream}", forwards, start, max));
                break;
            case ReadEvery(var forwards, var from, var max):
                var all = await store.ReadAllAsync(Direction(forwards), new StorePosition((ulong)from, (ulong)from), max, default)
                    .Select(e => (e.Stream, e.Revision, e.Id)).ToListAsync();
                all.Should().Equal(model.ReadAll(forwards, from, max));
                break;
        }
    }

    private static ReadDirection Direction(bool forwards) => forwards ? ReadDirection.Forwards : ReadDirection.Backwards;

    private static Guid Id(int number) => new(number, 0, 0, new byte[8]);

    private abstract record Step;

    private sealed record Append(int Stream, int Offset, int Count, int FirstId) : Step;

    private sealed record Repeat(int Back) : Step;

    private sealed record ReadOne(int Stream, bool Forwards, int From, int Max) : Step;

    private sealed record ReadEvery(bool Forwards, int From, int Max) : Step;

    private sealed record Reopen : Step;

    private sealed class Model
    {
        private readonly List<(string Stream, long Revision, Guid Id)> _events = [];

        public List<StreamAppend> Appended { get; } = [];

        public long Last(string stream) => _events.Count(e => string.Equals(e.Stream, stream, StringComparison.Ordinal)) - 1;

        public AppendResult Append(StreamAppend append)
        {
            var last = Last(append.Stream);
            var end = append.ExpectedRevision + append.Events.Count;
            if (last == append.ExpectedRevision)
            {
                _events.AddRange(append.Events.Select((e, i) => (append.Stream, append.ExpectedRevision + 1 + i, e.Id)));
                return new AppendResult(true, end, At(append.Stream, end));
            }

            var standing = Read(append.Stream, forwards: true, append.ExpectedRevision + 1, append.Events.Count);
            return standing.Select(e => e.Id).SequenceEqual(append.Events.Select(e => e.Id))
                ? new AppendResult(true, end, At(append.Stream, end))
                : new AppendResult(false, last, StorePosition.Start);
        }

        public IEnumerable<(string Stream, long Revision, Guid Id)> Read(string stream, bool forwards, long from, int max)
        {
            var own = _events.Where(e => string.Equals(e.Stream, stream, StringComparison.Ordinal));
            return (forwards ? own.Where(e => e.Revision >= from) : own.Where(e => e.Revision <= from).Reverse()).Take(max);
        }

        public IEnumerable<(string Stream, long Revision, Guid Id)> ReadAll(bool forwards, int from, int max) =>
            (forwards ? _events.Skip(from) : _events.Take(Math.Max(0, from - 1)).Reverse()).Take(max);

        private StorePosition At(string stream, long revision)
        {
            var position = (ulong)_events.FindIndex(e => e.Revision == revision && string.Equals(e.Stream, stream, StringComparison.Ordinal)) + 1;
            return new StorePosition(position, position);
        }
    }
}

using System.Buffers.Binary;
using CsCheck;
using FluentAssertions;
using Ledger.Silo.Workers.Sealing;
using Xunit;

namespace Ledger.Silo.Tests.Workers.Sealing;

/// <summary>What every store of workers' keys promises; each one passes all of it.</summary>
public abstract class KeyStoreConformance : IAsyncLifetime
{
    private static readonly byte[] Fingerprint = new byte[16];

    internal IWorkerKeyStore Store { get; private set; } = null!;

    protected CancellationToken None { get; } = CancellationToken.None;

    public async Task InitializeAsync()
    {
        if (Missing is null)
        {
            await PrepareAsync();
            Store = await OpenAsync();
            await Store.RegisterAsync("main", 1, Fingerprint, None);
        }
    }

    public async Task DisposeAsync()
    {
        if (Missing is null)
        {
            await Store.DisposeAsync();
        }

        await CleanAsync();
    }

    /// <summary>Why it cannot be tested here; null when it can.</summary>
    protected virtual string? Missing => null;

    protected abstract Task PrepareAsync();

    /// <summary>The same store, opened once more: another process.</summary>
    internal abstract Task<IWorkerKeyStore> OpenAsync();

    protected abstract Task CleanAsync();

    [SkippableFact]
    public async Task Worker_NeverSeen_HasNothing()
    {
        Skip.If(Missing is not null, Missing);
        Same(await Store.FindAsync([Id(1), Id(2)], None), [null, null]);
    }

    [SkippableFact]
    public async Task Keys_Created_AreFoundByEveryProcess()
    {
        Skip.If(Missing is not null, Missing);
        StoredKey[] proposed = [.. Enumerable.Range(1, 50).Select(n => Key(n))];

        Same(await Store.FindOrCreateAsync(proposed, None), proposed);
        await using IWorkerKeyStore other = await OpenAsync();
        Same(await other.FindAsync([.. proposed.Select(p => p.Id).Reverse()], None), [.. proposed.Reverse()]);
        Same(await other.FindAsync([Id(50), Id(51), Id(1)], None), [proposed[49], null, proposed[0]]);
    }

    [SkippableFact]
    public async Task Key_ProposedForAWorkerWhoHasOne_IsNotTaken()
    {
        Skip.If(Missing is not null, Missing);
        StoredKey first = Key(1);
        await Store.FindOrCreateAsync([first], None);

        StoredKey two = Key(2);
        Same(await Store.FindOrCreateAsync([two, Key(1, fill: 99)], None), [two, first]);
        Same(await Store.FindAsync([Id(1)], None), [first]);
    }

    [SkippableFact]
    public async Task Keys_OfTwoOrganisations_AreApart()
    {
        Skip.If(Missing is not null, Missing);
        await Store.RegisterAsync("other", 1, Fingerprint, None);
        StoredKey mine = Key(1);
        StoredKey theirs = Key(1, fill: 3, organisation: "other");
        await Store.FindOrCreateAsync([mine, theirs], None);
        await Store.DestroyAsync([mine.Id], None);

        Same(await Store.FindAsync([mine.Id, theirs.Id], None), [StoredKey.Tombstone(mine.Id), theirs]);
        (await Store.OlderThanAsync("main", 9, null, 10, None)).Should().BeEmpty();
        Same(await Store.OlderThanAsync("other", 9, null, 10, None), [theirs]);
    }

    [SkippableFact]
    public async Task Creators_ThatRace_AgreeOnOneKeyForEachWorker()
    {
        Skip.If(Missing is not null, Missing);
        IWorkerKeyStore[] stores = [Store, await OpenAsync(), await OpenAsync()];
        for (int round = 0; round < 10; round++)
        {
            // Each in its own order, with its own proposals.
            IReadOnlyList<StoredKey?>[] answers = await Task.WhenAll(stores.Select((store, s) => Task.Run(async () =>
            {
                StoredKey[] proposed = [.. Enumerable.Range(round * 20, 20).Select(n => Key(n, fill: (byte)(s + 1)))];
                IReadOnlyList<StoredKey?> answer = await store.FindOrCreateAsync([.. s == 1 ? proposed.Reverse() : proposed], None);
                return (IReadOnlyList<StoredKey?>)[.. s == 1 ? answer.Reverse() : answer];
            })));
            Same(answers[1], answers[0]);
            Same(answers[2], answers[0]);
        }

        await stores[1].DisposeAsync();
        await stores[2].DisposeAsync();
    }

    [SkippableFact]
    public async Task Worker_Destroyed_NeverHasAKeyAgain()
    {
        Skip.If(Missing is not null, Missing);
        StoredKey key = Key(1);
        await Store.FindOrCreateAsync([key, Key(2)], None);
        await Store.DestroyAsync([Id(1), Id(3), Id(1)], None);
        await Store.DestroyAsync([Id(1)], None);

        await using IWorkerKeyStore other = await OpenAsync();
        foreach (IWorkerKeyStore store in (IWorkerKeyStore[])[Store, other])
        {
            Same(await store.FindAsync([Id(1), Id(3)], None), [StoredKey.Tombstone(Id(1)), StoredKey.Tombstone(Id(3))]);
            Same(await store.FindOrCreateAsync([Key(3), key], None), [StoredKey.Tombstone(Id(3)), StoredKey.Tombstone(Id(1))]);
            (await store.ReplaceAsync([(key, Key(1, fill: 9))], None)).Should().Be(0);
            Same(await store.OlderThanAsync("main", int.MaxValue, null, 10, None), [Key(2)]);
        }
    }

    [SkippableFact]
    public async Task Holders_OfEveryKind_AreApartAndInOneOrder()
    {
        Skip.If(Missing is not null, Missing);
        string worker = Id(1).Holder;
        RetentionPeriod[] periods = [new("evaluation", "2026-01"), new("evaluation", "2026-02"), new("RH-12 (été)/'%_", "2026-01"), new(new string('é', 100), "2026-01")];
        StoredKey[] keys =
        [
            .. periods.SelectMany(p => new[] { p.Holder, p.HolderOfShare(worker) }).Append(worker)
                .Select((holder, n) => Key(n) with { Id = new KeyId("main", holder) }),
        ];
        Same(await Store.FindOrCreateAsync(keys, None), keys);
        await Store.DestroyAsync([keys[0].Id, keys[3].Id], None);

        await using IWorkerKeyStore other = await OpenAsync();
        Same(
            await other.FindAsync([.. keys.Select(k => k.Id)], None),
            [.. keys.Select((k, n) => n is 0 or 3 ? StoredKey.Tombstone(k.Id) : k)]);
        await Store.RegisterAsync("main", 2, Fingerprint, None);
        List<StoredKey> met = [];
        for (IReadOnlyList<StoredKey> page = await other.OlderThanAsync("main", 2, null, 2, None); page.Count > 0; page = await other.OlderThanAsync("main", 2, page[^1], 2, None))
        {
            met.AddRange(page);
        }

        met.Select(k => k.Id.Holder).Should().Equal(keys.Where((_, n) => n is not (0 or 3)).Select(k => k.Id.Holder).Order(StringComparer.Ordinal));
    }

    [SkippableFact]
    public async Task Version_ThatIsUnknownOrRetired_WrapsNothingMore()
    {
        Skip.If(Missing is not null, Missing);
        StoredKey old = Key(1);
        await Store.FindOrCreateAsync([old], None);
        await Store.RegisterAsync("main", 2, Fingerprint, None);
        await Store.RetireAsync("main", 2, None);

        await using IWorkerKeyStore other = await OpenAsync();
        StoredKey current = Key(4, version: 2);
        Same(await other.FindOrCreateAsync([Key(1, fill: 9), Key(2), Key(3, version: 3), current], None), [old, null, null, current]);
        (await other.ReplaceAsync([(current, Key(4, fill: 9))], None)).Should().Be(0);
        Same(await other.FindAsync([Id(2), Id(3), Id(4)], None), [null, null, current]);
    }

    [SkippableFact]
    public async Task Fingerprint_OfAVersion_IsTheFirstOneGiven()
    {
        Skip.If(Missing is not null, Missing);
        byte[] second = [.. Enumerable.Repeat((byte)2, 16)];
        (await Store.RegisterAsync("main", 2, second, None)).ToArray().Should().Equal(second);
        await using IWorkerKeyStore other = await OpenAsync();
        (await other.RegisterAsync("main", 2, Fingerprint, None)).ToArray().Should().Equal(second);
        (await other.RegisterAsync("main", 1, second, None)).ToArray().Should().Equal(Fingerprint);
        (await other.RegisterAsync("other", 1, second, None)).ToArray().Should().Equal(second);
    }

    [SkippableFact]
    public async Task OlderKeys_AreMetOnceEach_AndAreReplacedWhereTheyStillStand()
    {
        Skip.If(Missing is not null, Missing);
        StoredKey[] old = [.. Enumerable.Range(1, 23).Select(n => Key(n))];
        await Store.FindOrCreateAsync(old, None);
        await Store.RegisterAsync("main", 2, Fingerprint, None);
        await Store.FindOrCreateAsync([Key(30, version: 2)], None);
        await Store.DestroyAsync([Id(5)], None);

        List<StoredKey> met = [];
        for (IReadOnlyList<StoredKey> page = await Store.OlderThanAsync("main", 2, null, 4, None); page.Count > 0;
            page = await Store.OlderThanAsync("main", 2, page[^1], 4, None))
        {
            page.Count.Should().BeLessThanOrEqualTo(4);
            met.AddRange(page);
            StoredKey gone = page[0] with { Wrapped = Key(99).Wrapped };
            (await Store.ReplaceAsync([.. page.Skip(1).Select(k => (k, New(k))), (gone, New(gone))], None)).Should().Be(page.Count - 1, "one no longer stood");
            (await Store.ReplaceAsync([(page[0], New(page[0]))], None)).Should().Be(1);
        }

        met.Select(k => k.Id).Should().BeEquivalentTo(old.Select(k => k.Id).Where(id => id != Id(5)));
        Same(await Store.FindAsync([Id(1), Id(23)], None), [New(old[0]), New(old[22])]);
        (await Store.OlderThanAsync("main", 2, null, 10, None)).Should().BeEmpty();
        (await Store.OlderThanAsync("main", 3, null, 100, None)).Should().HaveCount(23);

        static StoredKey New(StoredKey key) => Key(int.Parse(key.Id.Holder[^4..], System.Globalization.CultureInfo.InvariantCulture), fill: 7, version: 2);
    }

    [SkippableFact]
    public void AnyHistory_EndsAsAModelSays()
    {
        Skip.If(Missing is not null, Missing);
        int round = 0;
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 4], Gen.Byte).List[1, 30].Sample(
            steps =>
            {
                int first = Interlocked.Increment(ref round) * 10;
                Dictionary<KeyId, StoredKey> model = [];
                foreach ((int what, int worker, byte fill) in steps)
                {
                    KeyId id = Id(first + worker);
                    StoredKey proposed = Key(first + worker, fill);
                    StoredKey? before = model.GetValueOrDefault(id);
                    switch (what)
                    {
                        case 0:
                            Same(Wait(Store.FindAsync([id], None)), [before]);
                            break;
                        case 1:
                            model.TryAdd(id, proposed);
                            Same(Wait(Store.FindOrCreateAsync([proposed], None)), [model[id]]);
                            break;
                        case 2:
                            Store.DestroyAsync([id], None).AsTask().GetAwaiter().GetResult();
                            model[id] = StoredKey.Tombstone(id);
                            break;
                        default:
                            Wait(Store.ReplaceAsync([(before ?? proposed, proposed)], None)).Should().Be(before is { IsDestroyed: false } ? 1 : 0);
                            model = before is { IsDestroyed: false } ? new(model) { [id] = proposed } : model;
                            break;
                    }
                }
            },
            iter: 20, threads: 1);
    }

    internal static KeyId Id(int number, string organisation = "main") => new(organisation, $"0011223344556677889900aabbcc{number:d4}");

    internal static StoredKey Key(int number, byte fill = 1, int version = 1, string organisation = "main")
    {
        byte[] wrapped = [.. Enumerable.Range(0, OrganisationKeyRing.WrappedLength).Select(i => (byte)(i + number + (31 * fill)))];
        BinaryPrimitives.WriteInt32BigEndian(wrapped, version);
        BinaryPrimitives.WriteInt32BigEndian(wrapped.AsSpan(4), number);
        return new StoredKey(Id(number, organisation), version, wrapped);
    }

    internal static void Same(IReadOnlyList<StoredKey?> actual, IReadOnlyList<StoredKey?> expected) =>
        actual.Select(Say).Should().Equal(expected.Select(Say));

    private static T Wait<T>(ValueTask<T> task) => task.AsTask().GetAwaiter().GetResult();

    private static string Say(StoredKey? key) => key is null ? "nothing" : $"{key.Id.Organisation}/{key.Id.Holder}: {key.Version} {Convert.ToHexStringLower(key.Wrapped.Span)}";
}

using FluentAssertions;
using Ledger.Silo.Hosting;
using Ledger.Silo.Workers.Sealing;
using Xunit;
using static Ledger.Silo.Tests.Workers.Sealing.SealedSample;

namespace Ledger.Silo.Tests.Workers.Sealing;

public sealed class WorkerKeysTests : IAsyncLifetime
{
    private readonly string directory = Path.Combine(Directory.CreateTempSubdirectory("ledger-workers-").FullName, "keys");
    private readonly Entropy entropy = new();
    private readonly List<WorkerKeys> silos = [];

    private string Ring => Path.Combine(directory, "organisation-main.ring");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (WorkerKeys silo in silos)
        {
            await silo.DisposeAsync();
        }

        Directory.Delete(Path.GetDirectoryName(directory)!, recursive: true);
    }

    [Fact]
    public async Task Worker_SeenForTheFirstTime_HasOneKeyFromThenOn()
    {
        WorkerKeys silo = Silo();
        (await silo.FindAsync("main", "a")).Should().BeNull();

        WorkerKey key = (await silo.FindOrCreateAsync("main", "a"))!;
        byte[] data = Seal(key);
        Opens(await silo.FindOrCreateAsync("main", "a"), data).Should().BeTrue();
        Opens(await silo.FindAsync("main", "a"), data).Should().BeTrue();
        Opens(await Silo().FindAsync("main", "a"), data).Should().BeTrue();
        Opens(await silo.FindOrCreateAsync("main", "b"), data).Should().BeFalse("each worker has a key of their own");
        Opens(await silo.FindOrCreateAsync("other", "a"), data).Should().BeFalse();
    }

    [Fact]
    public async Task Silos_ThatRace_AgreeOnEachWorkersKey()
    {
        WorkerKeys[] both = [Silo(), Silo()];
        WorkerKey?[] keys = await Task.WhenAll(Enumerable.Range(0, 400).Select(i => Task.Run(async () => await both[i % 2].FindOrCreateAsync("main", $"w{i / 4}"))));

        foreach (WorkerKey?[] ofOne in keys.Chunk(4))
        {
            byte[] data = Seal(ofOne[0]!);
            ofOne.Should().AllSatisfy(key => Opens(key, data).Should().BeTrue());
        }
    }

    [Fact]
    public async Task NewWorkers_ThatWaitTogether_ShareAWrite()
    {
        CountingStore store = new(EmbeddedKeyStore.Open(directory));
        WorkerKeys silo = new(store, directory, entropy);
        silos.Add(silo);
        await silo.FindOrCreateAsync("main", "first");
        store.Gate = new TaskCompletionSource();
        Task<WorkerKey?> held = silo.FindOrCreateAsync("main", "held").AsTask();
        Task<WorkerKey?>[] many = [.. Enumerable.Range(0, 1200).Select(i => silo.FindOrCreateAsync("main", $"w{i % 600}").AsTask())];
        store.Writes = 0;
        store.Gate.SetResult();

        (await Task.WhenAll([held, .. many])).Should().OnlyContain(key => key != null);
        store.Writes.Should().BeInRange(2, 3, "one for who was held, unless they all came together, and two for the 600 behind");
    }

    [Fact]
    public async Task Asker_WhoGivesUp_HarmsNobody()
    {
        CountingStore store = new(EmbeddedKeyStore.Open(directory)) { Gate = new TaskCompletionSource() };
        WorkerKeys silo = new(store, directory, entropy);
        silos.Add(silo);
        using CancellationTokenSource hurry = new();
        Task<WorkerKey?> impatient = silo.FindOrCreateAsync("main", "a", hurry.Token).AsTask();
        Task<WorkerKey?> patient = silo.FindOrCreateAsync("main", "a").AsTask();
        await hurry.CancelAsync();
        await FluentActions.Awaiting(() => impatient).Should().ThrowAsync<OperationCanceledException>();
        store.Gate.SetResult();

        (await patient).Should().NotBeNull();
    }

    [Fact]
    public async Task Store_ThatIsDown_IsSaidToAllWhoWaitAndThenForgotten()
    {
        CountingStore store = new(EmbeddedKeyStore.Open(directory)) { Fault = new KeyStoreUnavailableException("down", TimeSpan.FromSeconds(1)) };
        WorkerKeys silo = new(store, directory, entropy);
        silos.Add(silo);
        Task<WorkerKey?>[] asked = [.. Enumerable.Range(0, 5).Select(i => silo.FindOrCreateAsync("main", $"w{i}").AsTask())];
        foreach (Task<WorkerKey?> each in asked)
        {
            await FluentActions.Awaiting(() => each).Should().ThrowAsync<KeyStoreUnavailableException>();
        }

        store.Fault = null;
        (await silo.FindOrCreateAsync("main", "w0")).Should().NotBeNull();
    }

    [Fact]
    public async Task Worker_Destroyed_HasNoKeyForAnySiloEverAgain()
    {
        WorkerKeys silo = Silo();
        byte[] data = Seal((await silo.FindOrCreateAsync("main", "a"))!);
        await silo.FindOrCreateAsync("main", "b");
        await silo.DestroyAsync("main", "a");
        await silo.DestroyAsync("main", "a");

        foreach (WorkerKeys each in (WorkerKeys[])[silo, Silo()])
        {
            (await each.FindAsync("main", "a")).Should().BeNull();
            (await each.FindOrCreateAsync("main", "a")).Should().BeNull();
            (await each.IsDestroyedAsync("main", "a")).Should().BeTrue();
            (await each.IsDestroyedAsync("main", "b")).Should().BeFalse();
            Opens(await each.FindOrCreateAsync("main", "b"), data).Should().BeFalse();
        }
    }

    [Fact]
    public async Task Backup_OfKeys_Restored_BringsNobodyBack()
    {
        WorkerKeys silo = Silo();
        byte[] data = Seal((await silo.FindOrCreateAsync("main", "erased"))!);
        byte[] kept = Seal((await silo.FindOrCreateAsync("main", "kept"))!);
        await CloseAsync();
        string backup = Directory.CreateTempSubdirectory("ledger-workers-backup-").FullName;
        Copy(directory, backup);
        await Silo().DestroyAsync("main", "erased");
        await CloseAsync();
        Copy(backup, directory);

        WorkerKeys restored = Silo();
        Opens(await restored.FindAsync("main", "erased"), data).Should().BeTrue("the backup is from before the erasure");
        (await restored.DestroyAllAsync("main", ["erased", "never seen"])).Should().Be(2);
        (await restored.DestroyAllAsync("main", ["erased", "never seen"])).Should().Be(0);
        (await restored.FindOrCreateAsync("main", "erased")).Should().BeNull();
        (await restored.FindOrCreateAsync("main", "never seen")).Should().BeNull();
        Opens(await restored.FindAsync("main", "kept"), kept).Should().BeTrue();
        Directory.Delete(backup, recursive: true);
    }

    [Fact]
    public async Task Rotation_ChangesNoEventAndLeavesNothingThatTheOldKeyOpens()
    {
        WorkerKeys silo = Silo();
        byte[][] data = new byte[1100][];
        for (int i = 0; i < data.Length; i++)
        {
            data[i] = Seal((await silo.FindOrCreateAsync("main", $"w{i}"))!);
        }

        await silo.DestroyAsync("main", "w7");
        string old = await File.ReadAllTextAsync(Ring);
        (await silo.RotateAsync("main")).Should().Be(2);

        (await File.ReadAllTextAsync(Ring)).Should().NotContain(old.Split(' ')[1].Trim());
        (await silo.FindAsync("main", "w7")).Should().BeNull();
        foreach (int i in (int[])[0, 1, 499, 500, 1099])
        {
            Opens(await silo.FindAsync("main", $"w{i}"), data[i]).Should().BeTrue();
            Opens(await Silo().FindOrCreateAsync("main", $"w{i}"), data[i]).Should().BeTrue();
        }
    }

    [Fact]
    public async Task Silo_ThatHasTheOldRingInMemory_GoesOnWithTheNewOne()
    {
        WorkerKeys behind = Silo();
        byte[] data = Seal((await behind.FindOrCreateAsync("main", "a"))!);
        await Silo().RotateAsync("main");

        Opens(await behind.FindAsync("main", "a"), data).Should().BeTrue();
        await Silo().RotateAsync("main");
        byte[] later = Seal((await behind.FindOrCreateAsync("main", "new"))!);
        Opens(await Silo().FindAsync("main", "new"), later).Should().BeTrue("its version is the one in force");
    }

    [Fact]
    public async Task Rotation_StoppedAnywhere_LosesNothingAndIsBroughtToItsEnd()
    {
        for (int stop = 0; stop < 12; stop++)
        {
            WorkerKeys first = Silo();
            Dictionary<string, byte[]> data = new(StringComparer.Ordinal);
            for (int i = 0; i < 3; i++)
            {
                string worker = $"s{stop}-w{i}";
                data[worker] = Seal((await first.FindOrCreateAsync("main", worker))!);
            }

            CountingStore failing = new(EmbeddedKeyStore.Open(directory)) { FailAfter = stop };
            WorkerKeys stopped = new(failing, directory, entropy);
            silos.Add(stopped);
            try
            {
                await stopped.RotateAsync("main");
            }
            catch (KeyStoreUnavailableException)
            {
                // Killed there.
            }

            string late = $"s{stop}-late";
            data[late] = Seal((await first.FindOrCreateAsync("main", late))!);
            foreach ((string worker, byte[] bytes) in data)
            {
                Opens(await Silo().FindAsync("main", worker), bytes).Should().BeTrue($"stopped at {stop}");
            }

            await Silo().FinishRotationAsync("main");
            (await File.ReadAllLinesAsync(Ring)).Should().HaveCount(2);
            foreach ((string worker, byte[] bytes) in data)
            {
                Opens(await first.FindAsync("main", worker), bytes).Should().BeTrue();
            }

            await CloseAsync();
        }
    }

    [Fact]
    public async Task Rotations_OnTwoSilosWhileOthersRecord_LoseNoKey()
    {
        WorkerKeys[] recorders = [Silo(), Silo()];
        Dictionary<string, byte[]> data = new(StringComparer.Ordinal);
        using CancellationTokenSource done = new();
        Task[] recording = [.. recorders.Select((silo, s) => Task.Run(async () =>
        {
            for (int i = 0; !done.IsCancellationRequested && i < 3000; i++)
            {
                string worker = $"r{s}-{i}";
                byte[] bytes = Seal((await silo.FindOrCreateAsync("main", worker))!);
                lock (data)
                {
                    data[worker] = bytes;
                }
            }
        }))];
        Task[] rotating = [.. Enumerable.Range(0, 2).Select(_ => Task.Run(async () =>
        {
            WorkerKeys silo = Silo();
            for (int i = 0; i < 4; i++)
            {
                await silo.RotateAsync("main");
            }
        }))];
        await Task.WhenAll(rotating);
        await done.CancelAsync();
        await Task.WhenAll(recording);

        data.Should().NotBeEmpty();
        WorkerKeys fresh = Silo();
        foreach ((string worker, byte[] bytes) in data)
        {
            Opens(await fresh.FindAsync("main", worker), bytes).Should().BeTrue(worker);
        }

        (await File.ReadAllLinesAsync(Ring)).Should().HaveCount(2, "one version is left");
    }

    [Fact]
    public async Task Ring_LostAndMadeAnew_IsNoticedBeforeAnythingIsSealedWithIt()
    {
        await Silo().FindOrCreateAsync("main", "a");
        File.Delete(Ring);

        WorkerKeys silo = Silo();
        await FluentActions.Awaiting(async () => await silo.FindOrCreateAsync("main", "b")).Should().ThrowAsync<InvalidDataException>().WithMessage($"*{Ring}*backup*");
        await FluentActions.Awaiting(async () => await silo.FindAsync("main", "a")).Should().ThrowAsync<InvalidDataException>();
        (await silo.FindOrCreateAsync("other", "b")).Should().NotBeNull("another organisation is not harmed");
    }

    [Fact]
    public async Task Ring_OfBeforeTheRotation_IsNoticed()
    {
        await Silo().FindOrCreateAsync("main", "a");
        string old = await File.ReadAllTextAsync(Ring);
        await Silo().RotateAsync("main");
        await File.WriteAllTextAsync(Ring, old);

        WorkerKeys silo = Silo();
        await FluentActions.Awaiting(async () => await silo.FindAsync("main", "a")).Should().ThrowAsync<InvalidDataException>().WithMessage("*no version 2*");
        await FluentActions.Awaiting(async () => await silo.FindOrCreateAsync("main", "b")).Should().ThrowAsync<KeyStoreUnavailableException>().WithMessage("*retired*");
    }

    private WorkerKeys Silo()
    {
        WorkerKeys silo = new(EmbeddedKeyStore.Open(directory), directory, entropy);
        lock (silos)
        {
            silos.Add(silo);
        }

        return silo;
    }

    private async Task CloseAsync()
    {
        foreach (WorkerKeys silo in silos)
        {
            await silo.DisposeAsync();
        }

        silos.Clear();
    }

    private byte[] Seal(WorkerKey key) => key.Seal(EventId, StreamName, Bytes("{}"), Bytes("""{"a":1}"""), entropy);

    private static bool Opens(WorkerKey? key, byte[] data) => key is not null && key.TryOpen(EventId, StreamName, data, out _);

    private static void Copy(string from, string to)
    {
        foreach (string file in Directory.GetFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)), overwrite: true);
        }
    }

    /// <summary>A store that counts, waits or fails as a test says.</summary>
    private sealed class CountingStore(IWorkerKeyStore inner) : IWorkerKeyStore
    {
        private int calls;

        public int Writes { get; set; }

        public TaskCompletionSource? Gate { get; set; }

        public Exception? Fault { get; set; }

        public int FailAfter { get; init; } = int.MaxValue;

        public async ValueTask<IReadOnlyList<StoredKey?>> FindAsync(IReadOnlyList<KeyId> workers, CancellationToken cancellationToken)
        {
            await (Gate?.Task ?? Task.CompletedTask);
            return await Next().FindAsync(workers, cancellationToken);
        }

        public ValueTask<IReadOnlyList<StoredKey?>> FindOrCreateAsync(IReadOnlyList<StoredKey> proposed, CancellationToken cancellationToken)
        {
            Writes++;
            return Next().FindOrCreateAsync(proposed, cancellationToken);
        }

        public ValueTask DestroyAsync(IReadOnlyList<KeyId> workers, CancellationToken cancellationToken) => Next().DestroyAsync(workers, cancellationToken);

        public ValueTask<IReadOnlyList<StoredKey>> OlderThanAsync(string organisation, int version, StoredKey? after, int count, CancellationToken cancellationToken) =>
            Next().OlderThanAsync(organisation, version, after, count, cancellationToken);

        public ValueTask<int> ReplaceAsync(IReadOnlyList<(StoredKey Old, StoredKey New)> wraps, CancellationToken cancellationToken) => Next().ReplaceAsync(wraps, cancellationToken);

        public ValueTask<ReadOnlyMemory<byte>> RegisterAsync(string organisation, int version, ReadOnlyMemory<byte> fingerprint, CancellationToken cancellationToken) =>
            Next().RegisterAsync(organisation, version, fingerprint, cancellationToken);

        public ValueTask RetireAsync(string organisation, int version, CancellationToken cancellationToken) => Next().RetireAsync(organisation, version, cancellationToken);

        public ValueTask DisposeAsync() => inner.DisposeAsync();

        private IWorkerKeyStore Next() =>
            Fault is { } fault ? throw fault
            : Interlocked.Increment(ref calls) > FailAfter ? throw new KeyStoreUnavailableException("stopped", TimeSpan.FromSeconds(1))
            : inner;
    }
}

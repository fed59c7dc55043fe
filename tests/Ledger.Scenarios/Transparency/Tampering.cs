using Ledger.Contracts.Decisions;
using Ledger.Contracts.Transparency;
using Ledger.EventStore;
using Ledger.EventStore.Embedded;
using Ledger.Silo.Hosting;
using Ledger.Silo.Transparency;
using Ledger.Verification;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ledger.Scenarios.Transparency;

/// <summary>Where a tampering belongs in the table.</summary>
internal enum Kind
{
    /// <summary>In the store only; the published log stays as it was.</summary>
    Store,

    /// <summary>In the store, and then the log made and signed anew with the real key.</summary>
    Rewritten,

    /// <summary>With checkpoints and backups.</summary>
    History,

    /// <summary>In the files of the log and its key.</summary>
    Files,
}

/// <summary>Something that must not stay unseen.</summary>
/// <param name="Kind">Where it belongs.</param>
/// <param name="Name">What is done, as the table says it.</param>
/// <param name="FoundBy">Who finds it; nobody else does.</param>
/// <param name="ApplyAsync">Does it to a copy of the data directory.</param>
internal sealed record Tampering(Kind Kind, string Name, Party[] FoundBy, Func<RecordedHistory, string, Task> ApplyAsync)
{
    /// <summary>Id of the event that the operator must be told; null where it is about no event.</summary>
    public Func<RecordedHistory, string>? Event { get; init; }

    /// <summary>Part of the sentence with which the log refuses.</summary>
    public string? Reason { get; init; }

    /// <summary>Who looks at all.</summary>
    public Party[] Looking { get; init; } = [.. Enum.GetValues<Party>().Where(p => p != Party.Asker || Kind == Kind.Store)];
}

/// <summary>What is done to an event.</summary>
internal sealed record Change(string Name, Action<RecordedHistory, StoreFile> Apply)
{
    /// <summary>The event that is then wrong.</summary>
    public Func<RecordedHistory, string> Event { get; init; } = history => history.Early.EventId;

    /// <summary>Each worker's record is as before, and so is each leaf: only the order among them is another.</summary>
    public bool OrderOnly { get; init; }
}

/// <summary>Every tampering that is tried.</summary>
internal static class Tamperings
{
    private const ulong Cut = 4_000, LateCut = 9_000;

    private static readonly Guid Written = new("22222222-3333-4444-8555-666666666666");

    private static readonly Guid Inserted = new("11111111-2222-4333-8444-555555555555");

    private static readonly Party[] Outsiders = [Party.Receipts, Party.Evidence, Party.Witness, Party.Auditor, Party.Newcomer];

    /// <summary>Those who see the log only and hold nothing that the log alone could not tell them.</summary>
    private static readonly Party[] Readers = [Party.Receipts, Party.Evidence, Party.Auditor, Party.Newcomer];

    public static IReadOnlyList<Tampering> All { get; } = [.. InTheStore(), .. Rewritings(), .. Histories(), .. Files()];

    private static IEnumerable<Tampering> InTheStore()
    {
        foreach (Change change in Changes())
        {
            Party[] foundBy = change.OrderOnly ? [Party.Operator] : [Party.Operator, Party.Asker];
            yield return new Tampering(Kind.Store, change.Name, foundBy, OnStore(change.Apply)) { Event = change.Event };
        }

        yield return new Tampering(Kind.Store, "cut off everything after event 9,000", [Party.Operator, Party.Log], OnStore((history, store) => CutAt(history, store, LateCut)))
        {
            Event = history => history.Leaves[(int)LateCut].EventId,
            Reason = "the store is older than what others have seen",
        };
        yield return new Tampering(
            Kind.Store, "hide an event from the index that records are read by", [Party.Operator, Party.Asker],
            OnStore((history, store) => store.HideFromIndex(history.Early.Position)));
        yield return new Tampering(
            Kind.Store, "edit one bit of data in a backup", [Party.Operator, Party.Asker],
            async (history, data) =>
            {
                Directory.Delete(data, recursive: true);
                history.Copy(history.Backup, data);
                await OnStore(EditData)(history, data);
            })
        {
            Event = history => history.Early.EventId,
            Looking = [Party.Operator, Party.Asker],
        };
    }

    private static IEnumerable<Tampering> Rewritings()
    {
        foreach (Change change in Changes())
        {
            Party[] foundBy = change.OrderOnly ? [.. Outsiders.Except([Party.Receipts])] : Outsiders;
            yield return new Tampering(Kind.Rewritten, change.Name, foundBy, Rewriting(change.Apply));
        }

        yield return new Tampering(
            Kind.Rewritten, "cut off everything after event 4,000", Outsiders, Rewriting((history, store) => CutAt(history, store, Cut)));
        yield return new Tampering(
            Kind.Rewritten, "cut off everything after event 9,000, when nobody had looked since 5,000", [Party.Receipts, Party.Newcomer],
            Rewriting((history, store) => CutAt(history, store, LateCut)));
    }

    private static IEnumerable<Tampering> Histories()
    {
        yield return new Tampering(
            Kind.History, "restore an older backup of the store and write on", [Party.Operator, Party.Log],
            (history, data) =>
            {
                File.Copy(Path.Combine(history.Backup, "events.db"), Path.Combine(data, "events.db"), overwrite: true);
                return WriteAsync(data);
            })
        {
            Event = _ => Written.ToString(),
            Reason = "Writing on would rewrite history",
        };
        yield return new Tampering(
            Kind.History, "restore an older backup of store and log and write on", Outsiders,
            async (history, data) =>
            {
                Directory.Delete(data, recursive: true);
                history.Copy(history.Backup, data);
                await history.WriteOnAsync(data, RecordedHistory.SizeAtBackup, RecordedHistory.SizeAtLook + 500);
            });
        yield return new Tampering(
            Kind.History, "fork: show one reader a second history, of a copy that went on differently after event 4,000", Outsiders,
            Rewriting((history, store) => store.Execute(
                "DELETE FROM events WHERE position >= $from AND position < $to",
                ("$from", history.Leaves[(int)Cut].Position), ("$to", history.Leaves[(int)Cut + 100].Position))));
        yield return new Tampering(
            Kind.History, "sign twice: the store has two checkpoints of one size", [Party.Operator, Party.Log],
            OnStore((history, store) =>
            {
                CheckpointSigned last = System.Text.Json.JsonSerializer.Deserialize(store.LastCheckpoint(), LogJson.Default.CheckpointSigned)!;
                TreeHead other = new(last.Size, MerkleTree.HashLeaf("another tree"u8));
                CheckpointSigned second = last with
                {
                    RootHash = other.Root.ToString(),
                    Note = System.Text.Encoding.UTF8.GetString(Sign(history.Data, other).ToArray()),
                };
                store.AppendCheckpoint(System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(second, LogJson.Default.CheckpointSigned), Inserted.ToByteArray());
            }))
        {
            Event = _ => Inserted.ToString(),
        };
        yield return new Tampering(
            Kind.History, "sign twice: another root for the size that the witness signed", [.. Outsiders, Party.Operator, Party.Log],
            OnLog((history, log) => File.WriteAllBytes(
                Path.Combine(log, "checkpoint"),
                Sign(history.Data, new TreeHead(RecordedHistory.SizeAtLook, MerkleTree.HashLeaf("another tree"u8))).ToArray())));
        yield return new Tampering(
            Kind.History, "put an older checkpoint back", [Party.Receipts, Party.Evidence, Party.Witness, Party.Auditor, Party.Newcomer],
            OnLog((history, log) => File.Copy(Path.Combine(history.Backup, "log", "main", "checkpoint"), Path.Combine(log, "checkpoint"), overwrite: true)));
    }

    private static IEnumerable<Tampering> Files()
    {
        yield return new Tampering(
            Kind.Files, "change a full tile", [.. Readers, Party.Operator], OnLog((_, log) => FlipFile(Path.Combine(log, "tile/0/005"), 100)));
        yield return new Tampering(
            Kind.Files, "change a tile at the edge", [.. Outsiders, Party.Operator, Party.Log],
            OnLog((_, log) => FlipFile(Path.Combine(log, "tile/1/000.p/39"), 100)));
        yield return new Tampering(
            Kind.Files, "change an entry", [.. Readers, Party.Operator], OnLog((_, log) => FlipFile(Path.Combine(log, "tile/entries/005"), 100)));
        yield return new Tampering(
            Kind.Files, "change the published checkpoint", [.. Outsiders, Party.Operator, Party.Log],
            OnLog((_, log) =>
            {
                string path = Path.Combine(log, "checkpoint");
                File.WriteAllText(path, File.ReadAllText(path).Replace("\n10000\n", "\n10001\n", StringComparison.Ordinal));
            }))
        {
            Reason = "is not signed by a key of this log",
        };
        yield return new Tampering(
            Kind.Files, "replace the key, and sign with it", [.. Outsiders, Party.Operator, Party.Log],
            (history, data) =>
            {
                using SignerKey other = SignerKey.FromSeed(Name(history), KeyAlgorithm.Ed25519, new byte[SignerKey.SeedLength]);
                File.WriteAllText(KeyFile(data), other.ToSecretString() + "\n");
                string path = Path.Combine(data, "log", "main", "checkpoint");
                Note.TryParse(File.ReadAllBytes(path), out Note? signed).Should().BeTrue();
                File.WriteAllBytes(path, Note.Create(signed!.Text.Span, [other.Sign(signed.Text.Span, DateTimeOffset.UnixEpoch)]).ToArray());
                return Task.CompletedTask;
            });
        yield return new Tampering(
            Kind.Files, "replace the key as if it were lost, by the ledger's own command", [.. Outsiders, Party.Operator],
            async (_, data) =>
            {
                File.Delete(KeyFile(data));
                (await CommandLine.RunAsync("keys", "rotate", "--data", data, "--lost")).Code.Should().Be(0);
                (await RunningLog.RunAsync(data, RecordedHistory.Size + 1)).Should().BeNull();
            });
    }

    private static IEnumerable<Change> Changes() =>
    [
        new("edit one bit of data", EditData),
        new("edit one bit of metadata", (history, store) => store.FlipAfter(history.Early.Position, "metadata", "\"recordedAt\":\"202")),
        new("delete an event", (history, store) => store.Delete(history.Early.Position)),
        new("insert an event", (history, store) => store.Insert(history.Early.Position, Inserted.ToByteArray()))
        {
            Event = _ => Inserted.ToString(),
        },
        new("swap two events", (history, store) => store.Swap(history.Early.Position, history.Stranger.Position))
        {
            OrderOnly = true,
        },
        new("move an event to another worker", (history, store) => store.Move(history.Early.Position, history.Stranger.Position)),
    ];

    // “shift_moved” becomes “rhift_moved”: what is personal is sealed, the act is not.
    private static void EditData(RecordedHistory history, StoreFile store) =>
        store.FlipAfter(history.Early.Position, "data", "\"kind\":\"");

    private static void CutAt(RecordedHistory history, StoreFile store, ulong size) => store.Truncate(history.Leaves[(int)size].Position - 1);

    private static Func<RecordedHistory, string, Task> OnStore(Action<RecordedHistory, StoreFile> change) => (history, data) =>
    {
        using StoreFile store = new(data);
        change(history, store);
        return Task.CompletedTask;
    };

    /// <summary>Changes the store, forgets every checkpoint and all tiles, and lets the real log sign what is left with the real key.</summary>
    private static Func<RecordedHistory, string, Task> Rewriting(Action<RecordedHistory, StoreFile> change) => async (history, data) =>
    {
        ulong size;
        using (StoreFile store = new(data))
        {
            change(history, store);
            store.DeleteCheckpoints();
            size = (ulong)store.Rows().Count(r => LogLeaves.Holds("main", r.Stream));
        }

        Directory.Delete(Path.Combine(data, "log"), recursive: true);
        (await RunningLog.RunAsync(data, size)).Should().BeNull();
    };

    private static Func<RecordedHistory, string, Task> OnLog(Action<RecordedHistory, string> change) => (history, data) =>
    {
        change(history, Path.Combine(data, "log", "main"));
        return Task.CompletedTask;
    };

    /// <summary>Records an event as a silo does, of a worker who was not there before.</summary>
    private static async Task WriteAsync(string data)
    {
        await using EmbeddedEventStore store = EmbeddedEventStore.Open(
            new EmbeddedEventStoreOptions { Directory = data }, TimeProvider.System, NullLogger.Instance);
        string stream = $"worker-main-{new string('f', 32)}";
        ChainedEvent chained = ChainedEvent.Compose(
            new EventDraft(Written, "decision-recorded.v1", "{}"u8.ToArray()), stream, 0, 0, ChainedEvent.FirstSalt, DateTimeOffset.UnixEpoch,
            new CallContext("p", "1", null), new Entropy());
        (await store.AppendAsync(new StreamAppend(stream, Revisions.NoStream, [chained.Event]), CancellationToken.None)).Appended.Should().BeTrue();
    }

    private static void FlipFile(string path, int at)
    {
        byte[] bytes = File.ReadAllBytes(path);
        bytes[at] ^= 1;
        File.WriteAllBytes(path, bytes);
    }

    private static Note Sign(string data, TreeHead head)
    {
        SignerKey.TryParse(File.ReadAllText(KeyFile(data)).Trim(), out SignerKey? key).Should().BeTrue();
        using (key)
        {
            byte[] text = new Ledger.Verification.Checkpoint(key!.Verifier.Name, head).ToText();
            return Note.Create(text, [key.Sign(text, DateTimeOffset.UnixEpoch)]);
        }
    }

    private static string KeyFile(string data) => Path.Combine(data, "keys", LogKeyFiles.CurrentName("main"));

    private static string Name(RecordedHistory history) => history.LogKey[..history.LogKey.IndexOf('+', StringComparison.Ordinal)];
}

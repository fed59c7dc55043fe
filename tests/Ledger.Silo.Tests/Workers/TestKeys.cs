using System.Runtime.CompilerServices;
using Ledger.Silo.Hosting;
using Ledger.Silo.Tests.Hosting;
using Ledger.Silo.Workers.Sealing;

namespace Ledger.Silo.Tests.Workers;

/// <summary>The workers' keys that belong to a test's store: every activation on it finds the same.</summary>
internal static class TestKeys
{
    private static readonly ConditionalWeakTable<TestStore, Opened> Stores = [];

    public static WorkerKeys Of(TestStore store) => Stores.GetValue(store, _ => new Opened()).Keys;

    /// <summary>The directory that they are in.</summary>
    public static string DirectoryOf(TestStore store) => Stores.GetValue(store, _ => new Opened()).Directory;

    private sealed class Opened
    {
        public Opened() => Keys = new WorkerKeys(EmbeddedKeyStore.Open(Directory), Directory, new Entropy());

        public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("ledger-keys-").FullName;

        public WorkerKeys Keys { get; }
    }
}

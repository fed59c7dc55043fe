using System.Runtime.CompilerServices;
using Ledger.Silo.Hosting;
using Ledger.Silo.Tests.Hosting;
using Ledger.Silo.Workers.Sealing;

namespace Ledger.Silo.Tests.Workers;

/// <summary>The workers' keys that belong to a test's store: every activation on it finds the same.</summary>
internal static class TestKeys
{
    private static readonly ConditionalWeakTable<TestStore, WorkerKeys> Stores = [];

    public static WorkerKeys Of(TestStore store) => Stores.GetValue(store, _ =>
    {
        string directory = Directory.CreateTempSubdirectory("ledger-keys-").FullName;
        return new WorkerKeys(EmbeddedKeyStore.Open(directory), directory, new Entropy());
    });
}

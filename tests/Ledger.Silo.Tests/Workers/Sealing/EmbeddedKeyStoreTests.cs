using FluentAssertions;
using Ledger.Silo.Workers.Sealing;
using Ledger.Tests;
using Xunit;

namespace Ledger.Silo.Tests.Workers.Sealing;

public sealed class EmbeddedKeyStoreTests : KeyStoreConformance
{
    private readonly string directory = Path.Combine(Directory.CreateTempSubdirectory("ledger-workerkeys-").FullName, "keys");

    private string File => Path.Combine(directory, "workers.db");

    protected override Task PrepareAsync() => Task.CompletedTask;

    internal override Task<IWorkerKeyStore> OpenAsync() => Task.FromResult<IWorkerKeyStore>(EmbeddedKeyStore.Open(directory));

    protected override Task CleanAsync()
    {
        Directory.Delete(Path.GetDirectoryName(directory)!, recursive: true);
        return Task.CompletedTask;
    }

    [SkippableFact]
    public async Task Files_AreForTheirOwnerOnly()
    {
        Skip.If(OperatingSystem.IsWindows());
        await Store.FindOrCreateAsync([Key(1)], None);

        Directory.GetFiles(directory, "workers.db*").Should().HaveCount(3).And.AllSatisfy(file =>
#pragma warning disable CA1416 // Skipped there.
            System.IO.File.GetUnixFileMode(file).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite, file));
#pragma warning restore CA1416
    }

    [SkippableFact]
    public async Task Keys_Destroyed_AreInNoByteOfAnyFile()
    {
        Skip.If(OperatingSystem.IsWindows());
        // In random order and enough of them that the tables split their pages many times.
        Random random = new(4);
        StoredKey[] keys = [.. Enumerable.Range(0, 3000).Select(n => Key(n)).OrderBy(_ => random.Next())];
        foreach (StoredKey[] some in keys.Chunk(97))
        {
            await Store.FindOrCreateAsync(some, None);
        }

        StoredKey[] destroyed = [.. keys.OrderBy(_ => random.Next()).Take(700)];
        Count(keys).Should().Be(keys.Length);
        await Store.RegisterAsync("main", 2, new byte[16], None);
        StoredKey[] replaced = [.. keys.Except(destroyed).Take(500)];
        foreach (StoredKey[] some in destroyed.Chunk(13))
        {
            await Store.DestroyAsync([.. some.Select(k => k.Id)], None);
            Count(some).Should().Be(0, "it is gone when it is answered, while the store is open");
        }

        await Store.ReplaceAsync([.. replaced.Select(k => (k, Key(int.Parse(k.Id.Holder[^4..], System.Globalization.CultureInfo.InvariantCulture), fill: 9, version: 2)))], None);
        await Store.DestroyAsync([Id(9999)], None);
        Count(destroyed).Should().Be(0);
        Count(replaced).Should().Be(0);
        Count([.. keys.Except(destroyed).Except(replaced)]).Should().Be(1800);
    }

    [Fact]
    public async Task File_WrittenToByAStoreThatWasNeverClosed_IsReadOn()
    {
        // As after a kill: the log is still there.
        StoredKey key = Key(1);
        await Store.FindOrCreateAsync([key], None);
        string copy = Directory.CreateTempSubdirectory("ledger-workerkeys-copy-").FullName;
        Copy(copy);

        await using EmbeddedKeyStore other = EmbeddedKeyStore.Open(copy);
        Same(await other.FindAsync([Id(1)], None), [key]);
        await other.DisposeAsync();
        Directory.Delete(copy, recursive: true);
    }

    [Theory]
    [InlineData("not a database at all, not a database at all, not a database at all, not a database at all, not a database at all")]
    public async Task File_ThatIsSomethingElse_IsRefusedByNameAndKept(string content)
    {
        await Store.DisposeAsync();
        System.IO.File.Delete(File);
        await System.IO.File.WriteAllTextAsync(File, content);

        FluentActions.Invoking(() => EmbeddedKeyStore.Open(directory)).Should().Throw<InvalidDataException>().WithMessage($"*{File}*backup*");
        (await System.IO.File.ReadAllTextAsync(File)).Should().Be(content);
    }

    [Fact]
    public async Task File_OfAnotherKind_IsRefused()
    {
        await Store.DisposeAsync();
        using (Microsoft.Data.Sqlite.SqliteConnection connection = new($"Data Source={File};Pooling=false"))
        {
            connection.Open();
            using Microsoft.Data.Sqlite.SqliteCommand command = connection.CreateCommand();
            command.CommandText = "PRAGMA application_id = 5";
            command.ExecuteNonQuery();
        }

        FluentActions.Invoking(() => EmbeddedKeyStore.Open(directory)).Should().Throw<InvalidDataException>().WithMessage("*not one of workers' keys*");
    }

    [Fact]
    public async Task Store_WhoseLogAnotherProcessHolds_SaysToTryAgainAndThenDestroys()
    {
        StoredKey key = Key(1);
        await Store.FindOrCreateAsync([key], None);
        using Microsoft.Data.Sqlite.SqliteConnection reader = new($"Data Source={File};Pooling=false");
        reader.Open();
        using (Microsoft.Data.Sqlite.SqliteTransaction reading = reader.BeginTransaction(deferred: true))
        {
            using Microsoft.Data.Sqlite.SqliteCommand command = reader.CreateCommand();
            command.CommandText = "SELECT count(*) FROM slots";
            command.ExecuteScalar();

            await FluentActions.Awaiting(async () => await Store.DestroyAsync([Id(1)], None))
                .Should().ThrowAsync<KeyStoreUnavailableException>("the key is still in the log").Where(e => e.RetryAfter > TimeSpan.Zero);
        }

        await Store.DestroyAsync([Id(1)], None);
        Count([key]).Should().Be(0);
    }

    // Another process reads them: closing a file here would let go of the locks that SQLite has on it.
    private int Count(IReadOnlyCollection<StoredKey> keys)
    {
        string copy = Directory.CreateTempSubdirectory("ledger-workerkeys-copy-").FullName;
        Copy(copy);
        byte[] bytes = [.. Directory.GetFiles(copy).SelectMany(System.IO.File.ReadAllBytes)];
        Directory.Delete(copy, recursive: true);
        // Past version and number: what no other key has.
        return keys.Count(k => bytes.AsSpan().IndexOf(k.Wrapped.Span[4..]) >= 0);
    }

    private void Copy(string to) => Repository.Run("cp", [.. Directory.GetFiles(directory, "workers.db*"), to]);
}

using FluentAssertions;
using Ledger.Silo.Workers.Sealing;
using Npgsql;
using Xunit;

namespace Ledger.Silo.Tests.Workers.Sealing;

public sealed class PostgresKeyStoreTests(PostgresServer server) : KeyStoreConformance, IClassFixture<PostgresServer>
{
    private string address = "";

    protected override string? Missing => PostgresServer.Missing;

    protected override async Task PrepareAsync() => address = await server.NewDatabaseAsync();

    internal override Task<IWorkerKeyStore> OpenAsync() => Task.FromResult<IWorkerKeyStore>(PostgresKeyStore.Connect(address));

    protected override Task CleanAsync() => Task.CompletedTask;

    [SkippableFact]
    public async Task Tables_MadeByManyAtOnce_AreMadeOnce()
    {
        Skip.If(Missing is not null, Missing);
        string empty = await server.NewDatabaseAsync();
        PostgresKeyStore[] stores = [.. Enumerable.Range(0, 8).Select(_ => PostgresKeyStore.Connect(empty))];

        await Task.WhenAll(stores.Select(s => s.FindAsync([Id(1)], None).AsTask()));
        foreach (PostgresKeyStore store in stores)
        {
            await store.DisposeAsync();
        }
    }

    [SkippableFact]
    public async Task Key_Destroyed_IsInNoTable()
    {
        Skip.If(Missing is not null, Missing);
        await Store.FindOrCreateAsync([Key(1)], None);
        await Store.DestroyAsync([Id(1)], None);

        (await NumberAsync("SELECT count(*) FROM ledger_worker_keys WHERE wrapped IS NOT NULL")).Should().Be(0);
        (await NumberAsync("SELECT count(*) FROM ledger_worker_keys WHERE version = 0")).Should().Be(1);
    }

    [SkippableFact]
    public async Task Keys_OnAServerThatCommitsBeforeItSyncs_AreSyncedAllTheSame()
    {
        Skip.If(Missing is not null, Missing);
        // The server of these tests has synchronous_commit off: what is answered survives a crash only if the store insists.
        StoredKey[] keys = [.. Enumerable.Range(0, 20).Select(n => Key(n))];
        await Store.FindOrCreateAsync(keys, None);
        await server.StopAsync();
        await FluentActions.Awaiting(async () => await Store.FindAsync([Id(1)], None))
            .Should().ThrowAsync<KeyStoreUnavailableException>().Where(e => e.RetryAfter > TimeSpan.Zero);
        await server.StartAsync();

        Same(await Store.FindAsync([.. keys.Select(k => k.Id)], None), keys);
    }

    [SkippableFact]
    public async Task Server_ThatDoesNotAnswer_IsSaidWithoutThePassword()
    {
        Skip.If(Missing is not null, Missing);
        await using PostgresKeyStore store = PostgresKeyStore.Connect("Host=127.0.0.1;Port=1;Username=u;Password=hunter2;Database=d;Timeout=2");

        Exception fault = (await FluentActions.Awaiting(async () => await store.FindAsync([Id(1)], None)).Should().ThrowAsync<KeyStoreUnavailableException>()).Which;
        fault.ToString().Should().NotContain("hunter2");
    }

    private async Task<long> NumberAsync(string sql)
    {
        await using NpgsqlConnection connection = new(address + ";Pooling=false");
        await connection.OpenAsync();
        await using NpgsqlCommand command = new(sql, connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }
}

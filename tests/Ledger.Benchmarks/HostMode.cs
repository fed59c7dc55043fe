using Ledger.Api.Hosting;
using Ledger.Silo.Hosting;
using Microsoft.AspNetCore.Builder;

namespace Ledger.Benchmarks;

/// <summary>The whole ledger in a process of its own, as <c>ledger serve</c> composes it, configured by the environment.</summary>
internal static class HostMode
{
    public const string Argument = "--host";

    public static async Task<int> RunAsync()
    {
        var builder = WebApplication.CreateBuilder();
        builder.AddLedgerSilo();
        builder.AddLedgerApi();
        await using var app = builder.Build();
        app.MapLedgerApi();
        await app.RunAsync();
        return 0;
    }
}

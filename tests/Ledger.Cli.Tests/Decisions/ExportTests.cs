using FluentAssertions;
using Xunit;

namespace Ledger.Cli.Tests.Decisions;

public sealed class ExportTests
{
    [Fact]
    public async Task Export_ThatFailsHalfway_LeavesTheOldFileAndNothingElse()
    {
        await using FailingLedger ledger = await FailingLedger.StartAsync();
        using TemporaryDirectory directory = new();
        string file = directory.File("trail.jsonl");
        await File.WriteAllTextAsync(file, "as before");
        Answer answer = await Cli.RunAsync("export", "-w", "0123", "-O", file, "--force", "--json", "--server", ledger.Address);
        answer.Code.Should().Be(4);
        answer.Schema.Should().Be("ledger.error/1");
        answer.Json.GetProperty("code").GetString().Should().Be("STORE_UNAVAILABLE");
        answer.Json.GetProperty("retryAfterSeconds").GetDouble().Should().Be(7);
        (await File.ReadAllTextAsync(file)).Should().Be("as before");
        Directory.GetFiles(directory.Path).Should().ContainSingle();
    }

    [Fact]
    public async Task Trail_ThatFailsHalfway_EndsWithTheServersSentence()
    {
        await using FailingLedger ledger = await FailingLedger.StartAsync();
        Answer answer = await Cli.RunAsync("trail", "-w", "0123", "--server", ledger.Address);
        answer.Code.Should().Be(4);
        answer.Error.Should().Contain("The store is down.").And.Contain("STORE_UNAVAILABLE").And.Contain("7 s");
    }
}

using FluentAssertions;
using Ledger.Cli.Hosting;
using Xunit;

namespace Ledger.Cli.Tests.Hosting;

public sealed class CommandLineTests
{
    // Port 9 ("discard") of the loopback interface: nothing answers there.
    private const string Nobody = "http://127.0.0.1:9";

    [Fact]
    public async Task Command_Misspelt_IsUsageAndSuggestsTheNearest()
    {
        Answer answer = await Cli.RunAsync("trial");
        answer.Code.Should().Be((int)ExitCode.Usage);
        answer.Out.Should().BeEmpty();
        answer.Error.Should().Contain("trail");
    }

    [Theory]
    [InlineData("trail", "-e", "1")]
    [InlineData("watch", "-e", "1", "--count", "0", "--worker", "x")]
    [InlineData("export", "-e", "1", "-O", "-")]
    [InlineData("record", "--level", "2")]
    public async Task Command_ThatFails_SaysSoOnTheErrorStreamOnly(params string[] args)
    {
        Answer answer = await Cli.RunAsync([.. args, "--server", Nobody]);
        answer.Code.Should().BeOneOf((int)ExitCode.Usage, (int)ExitCode.Unavailable);
        answer.Out.Should().BeEmpty();
        answer.Error.Should().StartWith("Error: ");
    }

    [Fact]
    public async Task Trail_OfAServerThatIsDown_IsUnavailableNotEmpty()
    {
        Answer answer = await Cli.RunAsync("trail", "-e", "1", "--server", Nobody, "--json");
        answer.Code.Should().Be((int)ExitCode.Unavailable);
        answer.Schema.Should().Be("ledger.error/1");
        answer.Json.TryGetProperty("decisions", out _).Should().BeFalse();
    }

    [Fact]
    public async Task Trail_OfADirectoryWithoutLedger_DoesNotBeginOne()
    {
        using TemporaryDirectory directory = new();
        Answer answer = await Cli.RunAsync("trail", "-e", "1", "--data", directory.Path);
        answer.Code.Should().Be((int)ExitCode.Failed);
        Directory.EnumerateFileSystemEntries(directory.Path).Should().BeEmpty();
    }

    [Theory]
    [InlineData("serve", "--host", "0.0.0.0")]
    [InlineData("serve", "--silo-host", "192.0.2.1")]
    [InlineData("serve", "--only", "api", "--host", "::")]
    [InlineData("demo", "--host", "0.0.0.0")]
    public async Task Host_BeyondLoopback_IsRefused(params string[] args)
    {
        Answer answer = await Cli.RunAsync(args);
        answer.Code.Should().Be((int)ExitCode.Usage);
        answer.Error.Should().Contain("127.0.0.1");
    }

    [Fact]
    public async Task Health_OfNobody_IsOne()
    {
        Answer answer = await Cli.RunAsync("health", "--server", Nobody, "--json");
        answer.Code.Should().Be(1);
        answer.Schema.Should().Be("ledger.health/1");
        answer.Json.GetProperty("ready").GetBoolean().Should().BeFalse();
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    [InlineData("pwsh")]
    public async Task Completion_OfEachShell_AsksTheSuggestDirective(string shell)
    {
        Answer answer = await Cli.RunAsync("completion", shell);
        answer.Code.Should().Be(0);
        answer.Out.Should().Contain("[suggest:");
    }

    [Fact]
    public async Task Suggest_OfABeginning_ListsTheCommands() =>
        (await Cli.RunAsync("[suggest:8]", "ledger t")).Out.Should().Contain("trail");

    [Fact]
    public void Address_WithPassword_IsShownWithoutIt() =>
        Banner.WithoutPassword("esdb+discover://admin:s%40cret@db1:2113,db2:2113?tls=false").Should().Be("esdb+discover://db1:2113,db2:2113?tls=false");
}

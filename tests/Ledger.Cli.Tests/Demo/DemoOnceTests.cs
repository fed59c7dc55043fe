using FluentAssertions;
using Xunit;

namespace Ledger.Cli.Tests.Demo;

// In the collection of the running demo so that the two do not start hosts at the same moment.
[Collection(nameof(RunningDemo))]
public sealed class DemoOnceTests
{
    [Fact]
    public async Task Demo_TwiceOnOneDirectory_RecordsNothingNewAndCommandsReadIt()
    {
        using TemporaryDirectory directory = new();
        Answer first = await Cli.RunAsync("demo", "--once", "--json", "--data", directory.Path);
        Answer second = await Cli.RunAsync("demo", "--once", "--json", "--data", directory.Path);
        first.Code.Should().Be(0, first.Error);
        first.Lines.Should().ContainSingle();
        first.Json.GetProperty("new").GetInt32().Should().Be(88);
        second.Json.GetProperty("new").GetInt32().Should().Be(0);
        second.Json.GetProperty("recorded").GetInt32().Should().Be(first.Json.GetProperty("recorded").GetInt32());
        second.Json.GetProperty("worker").GetString().Should().Be(first.Json.GetProperty("worker").GetString());

        Answer trail = await Cli.RunAsync("trail", "--data", directory.Path, "-o", "bellerive-simulee", "-e", "BEL-1042", "--table");
        trail.Code.Should().Be(0, trail.Error);
        trail.Out.Should().Contain("repartiteur-311").And.Contain("12 decisions");
        Answer other = await Cli.RunAsync("trail", "--data", directory.Path, "-o", "main", "-e", "1");
        other.Code.Should().Be(3);
        other.Error.Should().Contain("bellerive-simulee");
    }

    [Fact]
    public async Task Demo_OnADirectoryOfOthers_IsRefused()
    {
        using TemporaryDirectory directory = new();
        await File.WriteAllTextAsync(directory.File("events.db"), "not the demo's");
        Answer answer = await Cli.RunAsync("demo", "--once", "--data", directory.Path);
        answer.Code.Should().Be(3);
        Directory.GetFiles(directory.Path).Should().ContainSingle();
    }
}

using System.Globalization;
using FluentAssertions;
using Ledger.EventStore.Tests.Embedded;
using Xunit;
using Xunit.Abstractions;

namespace Ledger.EventStore.Tests.Faults;

/// <summary>Each of the first 500 writes and fsyncs of the embedded store fails in turn.</summary>
public sealed class FailingDiskTests(ITestOutputHelper output)
{
    private const int Rounds = 500;
    private const int InputOutputError = 5;
    private const int NoSpace = 28;

    [SkippableTheory]
    [InlineData(InputOutputError, 1, false)]
    [InlineData(NoSpace, 1, false)]
    [InlineData(InputOutputError, 5, true)]
    [InlineData(NoSpace, 5, true)]
    public async Task Store_EachCallFailing_RefusesGoesOnAndLosesNothing(int error, int times, bool torn)
    {
        Skip.If(FaultyProcess.FailingIo is null, "Needs Linux and a C compiler (cc).");
        using var files = new TemporaryStore(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath());
        string[] numbers = [.. new[] { error, times, torn ? 1 : 0, Rounds }.Select(n => n.ToString(CultureInfo.InvariantCulture))];

        using var process = FaultyProcess.Start(
            ["faults", files.Directory, .. numbers], ("LD_PRELOAD", FaultyProcess.FailingIo), ("FAULT_DIR", files.Directory));
        var errors = process.StandardError.ReadToEndAsync();
        var summary = (await process.StandardOutput.ReadToEndAsync()).Trim();
        await process.WaitForExitAsync();

        output.WriteLine(summary);
        process.ExitCode.Should().Be(0, await errors);
        var counts = summary.Split(' ').Select(pair => pair.Split('=')).ToDictionary(
            pair => pair[0], pair => int.Parse(pair[1], CultureInfo.InvariantCulture), StringComparer.Ordinal);
        counts["injected"].Should().BeGreaterThanOrEqualTo(Rounds, "every round has its fault");
        counts.Should().Contain(c => c.Key == "write" && c.Value > 0).And.Contain(c => c.Key == "sync" && c.Value > 0);
        counts["atOpen"].Should().BePositive();
        counts["unavailable"].Should().BePositive();
        if (error == NoSpace)
        {
            counts["full"].Should().BeGreaterThan(Rounds);
        }
    }
}

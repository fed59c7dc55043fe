using System.Net;
using System.Net.Sockets;
using FluentAssertions;
using Ledger.Cli.Diagnosis;
using Ledger.Cli.Hosting;
using Xunit;

namespace Ledger.Cli.Tests.Diagnosis;

public sealed class DoctorTests
{
    [Fact]
    public async Task Doctor_BeforeTheFirstStart_IsHealthyAndSaysThereIsNoStoreYet()
    {
        using TemporaryDirectory directory = new();
        Answer answer = await DoctorAsync(directory, FreePorts.Take(4));
        answer.Code.Should().Be(0, answer.Out);
        answer.Schema.Should().Be("ledger.doctor/1");
        answer.Json.GetProperty("healthy").GetBoolean().Should().BeTrue();
        Findings(answer).Should().Contain(f => f.Check == "store" && f.Weight == "advice");
    }

    [Fact]
    public async Task Doctor_OfAPortThatIsTaken_NamesThePortAndItsKey()
    {
        using TemporaryDirectory directory = new();
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        int taken = ((IPEndPoint)listener.LocalEndpoint).Port;
        int[] free = FreePorts.Take(3);
        Answer answer = await DoctorAsync(directory, [free[0], taken, free[1], free[2]]);
        answer.Code.Should().Be(1);
        answer.Out.Should().Contain($"{taken}").And.Contain("Ledger:Api:GrpcPort");
    }

    [SkippableFact]
    public async Task Doctor_OfAKeyThatOthersCanRead_SaysChmod()
    {
        Skip.If(OperatingSystem.IsWindows());
        using TemporaryDirectory directory = new();
        string keys = Directory.CreateDirectory(directory.File("keys")).FullName;
        string key = Path.Combine(keys, "organisation-main.key");
        await File.WriteAllTextAsync(key, "x");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(keys, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        }

        Answer answer = await DoctorAsync(directory, FreePorts.Take(4));
        answer.Code.Should().Be(1);
        answer.Out.Should().Contain($"chmod 600 {key}");
    }

    [Fact]
    public async Task Doctor_OfATypingMistake_NamesTheKey()
    {
        Answer answer = await Cli.RunAsync(new Dictionary<string, string>(StringComparer.Ordinal) { ["Ledger__Silo__SiloPrt"] = "1" }, "doctor", "--json");
        answer.Code.Should().Be(1);
        Findings(answer).Should().Contain(f => f.Check == "configuration" && f.Weight == "problem");
        answer.Out.Should().Contain("Ledger:Silo:SiloPort");
    }

    [Fact]
    public void Nodes_OfAnAddress_HaveTheUsualPortWhereNoneIsNamed() =>
        StoreCheck.Nodes("esdb+discover://db1,db2:2114/?tls=false").Should().Equal(("db1", 2113), ("db2", 2114));

    private static Task<Answer> DoctorAsync(TemporaryDirectory directory, int[] ports) => Cli.RunAsync(
        "doctor", "--json", "--data", directory.Path, "--http-port", $"{ports[0]}", "--grpc-port", $"{ports[1]}", "--silo-port", $"{ports[2]}", "--gateway-port", $"{ports[3]}");

    private static (string Check, string Weight)[] Findings(Answer answer) => answer.Json.GetProperty("findings").EnumerateArray()
        .Select(f => (f.GetProperty("check").GetString()!, f.GetProperty("weight").GetString()!))
        .ToArray();
}

using Ledger.Tests;

namespace Ledger.Scenarios.Deploy;

public class SystemdTests
{
    private static readonly string[] Unit = File.ReadAllLines(Repository.PathOf("deploy", "systemd", "ledger.service"));

    [SkippableFact]
    public void Unit_VerifiedBySystemd_IsAccepted()
    {
        Skip.IfNot(Repository.Has("systemd-analyze"), "systemd-analyze is not installed (apt-get install systemd).");
        string folder = Directory.CreateTempSubdirectory("ledger-unit").FullName;
        string copy = Path.Combine(folder, "ledger.service");
        // Where dotnet is differs between machines; that it can be run is all that is asked of it.
        File.WriteAllLines(copy, Unit.Select(line => line.Replace("/usr/bin/dotnet", "/bin/sh", StringComparison.Ordinal)));

        (int code, string output) = Repository.TryRun("systemd-analyze", "verify", "--man=no", copy);

        Directory.Delete(folder, recursive: true);
        code.Should().Be(0, output);
    }

    [Theory]
    [InlineData("Type=notify")]
    [InlineData("Restart=on-failure")]
    [InlineData("DynamicUser=yes")]
    [InlineData("StateDirectory=ledger")]
    [InlineData("NoNewPrivileges=yes")]
    [InlineData("ProtectSystem=strict")]
    [InlineData("CapabilityBoundingSet=")]
    [InlineData("LimitCORE=0")]
    [InlineData("Environment=Ledger__DataDirectory=/var/lib/ledger")]
    public void Unit_Hardening_IsThere(string line) => Unit.Should().Contain(line);
}

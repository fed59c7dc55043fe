using Ledger.Api.Access;

namespace Ledger.Cli.Demo;

/// <summary>Who plays in the demo, and what each is granted for an hour.</summary>
internal static class DemoTokens
{
    public static LocalGrant Producer { get; } = new(BellerivePlay.Organisation, "systemes@bellerive.invalid", Role.Producer);

    public static LocalGrant Worker(string employeeNumber) =>
        new(BellerivePlay.Organisation, $"{employeeNumber}@bellerive.invalid", Role.Worker) { EmployeeNumber = employeeNumber };

    /// <summary>Those who have pages, by name.</summary>
    public static IReadOnlyList<string> Readers { get; } = ["worker", "representative", "hr"];

    /// <summary>The names under which scripts find the tokens, and whose each is.</summary>
    public static IEnumerable<(string Name, LocalGrant Grant)> All(DemoResult result) =>
    [
        ("worker", Worker(BellerivePlay.EmployeeNumber)),
        ("otherWorker", Worker(result.OtherEmployeeNumber)),
        ("representative", new LocalGrant(BellerivePlay.Organisation, "representante@syndicat.invalid", Role.Representative) { BargainingUnits = ["SCB section 311", "SCB section cols bleus"] }),
        ("hr", new LocalGrant(BellerivePlay.Organisation, "rh@bellerive.invalid", Role.Hr)),
        ("producer", Producer),
        ("auditor", new LocalGrant(BellerivePlay.Organisation, "verification@bellerive.invalid", Role.Auditor)),
    ];
}

using System.Globalization;
using System.Text.Json;

namespace Ledger.Scenarios.Transparency;

/// <summary>Who looks, and with what they hold.</summary>
internal enum Party
{
    /// <summary>A producer, with a receipt of every decision.</summary>
    Receipts,

    /// <summary>A worker, with an evidence file from before.</summary>
    Evidence,

    /// <summary>The union's witness, which looked before.</summary>
    Witness,

    /// <summary>An auditor, with the checkpoint kept from the last look.</summary>
    Auditor,

    /// <summary>Somebody who never looked, but has the witness's key.</summary>
    Newcomer,

    /// <summary>The operator, with the store.</summary>
    Operator,

    /// <summary>The log itself, when it is started again.</summary>
    Log,

    /// <summary>A worker who asks for an evidence file afterwards.</summary>
    Asker,
}

/// <summary>What somebody saw.</summary>
/// <param name="Found">That something is wrong.</param>
/// <param name="Checks">By which checks, as the table writes it.</param>
/// <param name="Where">What the finding is about; <c>event …</c> for a store.</param>
/// <param name="All">Everything that was said.</param>
internal sealed record Sight(bool Found, string Checks, string? Where, string All)
{
    public static Sight Nothing { get; } = new(Found: false, "–", null, "");

    /// <summary>Of <c>ledger verify</c>.</summary>
    public static Sight OfVerify(Said said)
    {
        if (said.Code == 0)
        {
            return Nothing with { All = said.ToString() };
        }

        JsonElement answer = said.Json;
        if (!answer.TryGetProperty("findings", out JsonElement findings) || said.Code != 1)
        {
            return new Sight(Found: false, Coded("could not check", said.Code), null, said.ToString());
        }

        JsonElement[] problems = [.. findings.EnumerateArray().Where(f => f.GetProperty("weight").ValueEquals("problem"))];
        string fault = answer.TryGetProperty("fault", out JsonElement named) ? $" {named.GetString()}" : "";
        return new Sight(
            problems.Length > 0,
            Coded(string.Join(", ", problems.Select(p => $"`{p.GetProperty("check").GetString()}{fault}`").Distinct(StringComparer.Ordinal)), said.Code),
            problems.Select(p => p.GetProperty("where").GetString()).FirstOrDefault(w => w is not null),
            said.ToString());
    }

    /// <summary>Of <c>ledger witness</c>.</summary>
    public static Sight OfWitness(Said said) => said.Code == 0
        ? Nothing with { All = said.ToString() }
        : new Sight(Found: true, Coded($"`{said.Json.GetProperty("event").GetString()}`", said.Code), null, said.ToString());

    /// <summary>Of a command that ends with a refusal. One to try again later tells nothing.</summary>
    public static Sight OfRefusal(Said said) => new(
        said.Code == 1, Coded($"{(said.Code == 1 ? "" : "no answer, ")}`{said.Json.GetProperty("code").GetString()}`", said.Code), null, said.ToString());

    private static string Coded(string checks, int code) => string.Create(CultureInfo.InvariantCulture, $"{checks} ({code})");
}

/// <summary>All who look at one copy of the ledger, each with the command that they have.</summary>
/// <param name="history">What they kept from before.</param>
/// <param name="data">The data directory; its log is what they are shown.</param>
internal sealed class Parties(RecordedHistory history, string data)
{
    private string Log => Path.Combine(data, "log", "main");

    public async Task<Sight> LookAsync(Party party) => party switch
    {
        Party.Receipts => Sight.OfVerify(await VerifyAsync("--log", Log, "--receipts", history.ReceiptsFile)),
        Party.Evidence => Sight.OfVerify(await VerifyAsync(history.Evidence, "--log", Log)),
        Party.Witness => Sight.OfWitness(await CommandLine.RunAsync(
            "witness", "--log", Log, "--log-key", history.LogKey, "--state", history.Copy(history.WitnessState, $"{data}-witness"), "--once", "--json")),
        Party.Auditor => Sight.OfVerify(await VerifyAsync("--log", Log, "--state", history.Copy(history.AuditorState, $"{data}-auditor"))),
        Party.Newcomer => Sight.OfVerify(await VerifyAsync("--log", Log, "--witness-key", history.WitnessKey)),
        Party.Operator => Sight.OfVerify(await VerifyAsync("--data", data)),
        Party.Log => await RunningLog.RunAsync(data) is { } reason ? new Sight(Found: true, "stops", null, reason) : Sight.Nothing,
        _ => await AskAsync(),
    };

    private async Task<Sight> AskAsync()
    {
        string file = $"{data}-evidence";
        Said exported = await CommandLine.RunAsync("export", "--data", data, "--worker", history.Worker, "--evidence", file, "--json");
        return exported.Code == 0 ? Sight.OfVerify(await VerifyAsync(file)) : Sight.OfRefusal(exported);
    }

    private Task<Said> VerifyAsync(params string[] arguments) => CommandLine.RunAsync(["verify", .. arguments, "--log-key", history.LogKey, "--json"]);
}

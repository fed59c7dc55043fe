using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Ledger.Silo.Workers.Sealing;

namespace Ledger.Silo.Organisations.Retention;

/// <summary>
/// How long what decisions say about people is kept: the floors of a jurisdiction's profile, and the rules of the organisation's own file. No rule
/// for a class: it is kept. The form of both files is in <c>docs/operator.md</c>.
/// </summary>
internal sealed class RetentionSchedule
{
    public const string DefaultProfile = "quebec-public";

    /// <summary>The class of a rule that stands for all classes without one of their own.</summary>
    private const string AnyClass = "*";

    /// <summary>The longest rule, months: a hundred years, for what is kept for good where <see cref="AnyClass"/> has a rule.</summary>
    private const int MaxMonths = 1200;

    private const string Schema = "ledger.retention/1";
    private const int MaxClassLength = 100;
    private const int MaxSourceLength = 500;

    private readonly IReadOnlyList<RetentionFloor> floors;
    private readonly IReadOnlyList<RetentionRule> rules;

    private RetentionSchedule(string profile, IReadOnlyList<RetentionFloor> floors, IReadOnlyList<RetentionRule> rules)
    {
        Profile = profile;
        this.floors = floors;
        this.rules = rules;
    }

    /// <summary>Name of the jurisdiction's profile.</summary>
    public string Profile { get; }

    /// <summary>Whether there is a rule at all: without one nothing is ever due.</summary>
    public bool HasRules => rules.Count > 0;

    /// <summary>Reads profile and file; null if something is wrong with them, and then <paramref name="failures"/> names the keys.</summary>
    public static RetentionSchedule? Load(RetentionOptions options, List<string> failures)
    {
        int before = failures.Count;
        using Stream? embedded = typeof(RetentionSchedule).Assembly.GetManifestResourceStream($"Ledger.Silo.Organisations.Retention.{options.Profile}.json");
        if (embedded is null)
        {
            failures.Add($"Ledger:Retention:Profile: '{options.Profile}' is not a profile; there is {DefaultProfile}.");
            return null;
        }

        RetentionFile profile = JsonSerializer.Deserialize(embedded, RetentionJson.Default.RetentionFile)!;
        IReadOnlyList<RetentionFloor> least = profile.Floors ?? [];
        if (options.File is not { } path)
        {
            return new RetentionSchedule(options.Profile, least, profile.Rules);
        }

        RetentionFile? own = Read(path, failures);
        Check(own, least, $"Ledger:Retention:File: {path}", failures);
        return failures.Count > before ? null : new RetentionSchedule(options.Profile, least, [.. profile.Rules, .. own!.Rules]);
    }

    /// <summary>The rule in force for a class; null: it is kept.</summary>
    /// <param name="class">Retention class.</param>
    /// <param name="today">The day, UTC.</param>
    public RetentionRule? RuleFor(string @class, DateOnly today) => InForce(@class, today) ?? InForce(AnyClass, today);

    /// <summary>Since when, or from when on, a class and month may go by a rule; never before the rule took effect.</summary>
    public DateTimeOffset DueSince(RetentionPeriod period, RetentionRule rule, DateOnly today)
    {
        // A floor that rose since the rule was written still holds.
        int months = Math.Max(rule.Months, floors.Where(f => f.From <= today).Select(f => f.Months).DefaultIfEmpty().Max());
        DateTimeOffset over = period.End().AddMonths(months);
        DateTimeOffset from = new(rule.From, TimeOnly.MinValue, TimeSpan.Zero);
        return over > from ? over : from;
    }

    private RetentionRule? InForce(string @class, DateOnly today) =>
        rules.Where(r => r.From <= today && string.Equals(r.Class, @class, StringComparison.Ordinal)).MaxBy(r => r.From);

    private static RetentionFile? Read(string path, List<string> failures)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), RetentionJson.Default.RetentionFile) is { Rules: not null } file
                ? file
                : throw new JsonException("It has no rules.");
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException or NotSupportedException)
        {
            failures.Add($"Ledger:Retention:File: {path}: {e.Message}");
            return null;
        }
    }

    private static void Check(RetentionFile? file, IReadOnlyList<RetentionFloor> least, string where, List<string> failures)
    {
        if (file is null)
        {
            return;
        }

        if (!string.Equals(file.Schema, Schema, StringComparison.Ordinal))
        {
            failures.Add($"{where}: schema: '{file.Schema}' is not {Schema}.");
        }

        if (file.Floors is not null || file.Profile is not null)
        {
            failures.Add($"{where}: {(file.Floors is null ? "profile" : "floors")}: only a jurisdiction's profile has one.");
        }

        for (int i = 0; i < file.Rules.Count; i++)
        {
            string at = string.Create(CultureInfo.InvariantCulture, $"{where}: rules[{i}]");
            if (file.Rules[i] is not { } rule)
            {
                failures.Add($"{at}: it is empty.");
                continue;
            }

            if (string.IsNullOrWhiteSpace(rule.Class) || rule.Class.Length > MaxClassLength || rule.Class.Any(char.IsControl))
            {
                failures.Add($"{at}.class: 1 to {MaxClassLength} characters, or * for all classes without a rule of their own.");
            }
            else if (file.Rules.Take(i).Any(r => r?.From == rule.From && string.Equals(r.Class, rule.Class, StringComparison.Ordinal)))
            {
                failures.Add($"{at}.from: '{rule.Class}' has a rule from that day already.");
            }

            if (string.IsNullOrWhiteSpace(rule.Source) || rule.Source.Length > MaxSourceLength || rule.Source.Any(char.IsControl))
            {
                failures.Add($"{at}.source: the law, or the rule of the retention schedule, in 1 to {MaxSourceLength} characters: it goes on the record.");
            }

            if (rule.Months > MaxMonths)
            {
                failures.Add($"{at}.months: {rule.Months} is more than {MaxMonths}.");
            }

            // Every floor that stands while the rule may be in force.
            foreach (RetentionFloor floor in least.Where((f, n) => rule.Months < f.Months && (n + 1 == least.Count || least[n + 1].From > rule.From)))
            {
                failures.Add($"{at}.months: {rule.Months} is less than {floor.Months}, the least there is. {floor.Source}");
            }
        }
    }
}

/// <summary>A file of retention: a jurisdiction's profile, or an organisation's own schedule.</summary>
/// <param name="Schema">Its form.</param>
/// <param name="Profile">Name of the profile; only in one.</param>
/// <param name="Floors">What no rule may fall below, by day; only in a profile.</param>
/// <param name="Rules">The rules.</param>
internal sealed record RetentionFile(string Schema, string? Profile, IReadOnlyList<RetentionFloor>? Floors, IReadOnlyList<RetentionRule> Rules);

/// <summary>What no rule may fall below.</summary>
/// <param name="Months">Months after the end of the month of recording.</param>
/// <param name="From">First day on which it holds, UTC.</param>
/// <param name="Source">The law.</param>
internal sealed record RetentionFloor(int Months, DateOnly From, string Source);

/// <summary>How long one class is kept.</summary>
/// <param name="Class">Retention class, compared exactly; <c>*</c> for all without a rule of their own.</param>
/// <param name="Months">Months after the end of the month of recording.</param>
/// <param name="From">First day on which the rule holds, UTC; from then on the older rule of the class does not.</param>
/// <param name="Source">The law, or the rule of the organisation's schedule.</param>
internal sealed record RetentionRule(string Class, int Months, DateOnly From, string Source);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    ReadCommentHandling = JsonCommentHandling.Skip)]
[JsonSerializable(typeof(RetentionFile))]
[JsonSerializable(typeof(RetentionAnswer))]
internal sealed partial class RetentionJson : JsonSerializerContext;

namespace Ledger.Benchmarks;

/// <summary>One thing that is measured, alone or against a baseline that runs in the same minute.</summary>
internal abstract class Benchmark
{
    /// <summary>Rows this benchmark can fill, in the order of the table.</summary>
    public abstract IReadOnlyList<RowDefinition> Rows { get; }

    /// <summary>Measures the wanted rows and no others, so that a quick run pays for one baseline only.</summary>
    public abstract Task<IReadOnlyList<Row>> RunAsync(Bench bench, IReadOnlyList<RowDefinition> wanted, CancellationToken cancellationToken);
}

/// <summary>What a row of the table means.</summary>
/// <param name="Name">Name for <c>--quick</c>, for example <c>record.single</c>.</param>
/// <param name="Meaning">What is measured, in one line.</param>
/// <param name="Unit">Unit of value and baseline value.</param>
/// <param name="Target">What it is held to.</param>
internal sealed record RowDefinition(string Name, string Meaning, string Unit, Target Target)
{
    public string? Baseline { get; init; }

    public Row Of(double value, double? baseline = null, string? note = null) =>
        new(this, value, baseline, baseline is > 0 ? value / baseline : null, note);

    public Row NotRun(string why) => new(this, null, null, null, $"not run: {why}");
}

/// <summary>A measured row; without a value it was not run and the note says why.</summary>
internal sealed record Row(RowDefinition Definition, double? Value, double? BaselineValue, double? Ratio, string? Note)
{
    public bool? Met => Definition.Target.Met(Value, Ratio);
}

/// <summary>A bound on the value or on the ratio to the baseline; several bounds must hold together.</summary>
internal sealed record Target(string Text, Func<double?, double?, bool?> Met)
{
    public static readonly Target None = new("", static (_, _) => null);

    public static Target RatioAtLeast(double bound) =>
        new(string.Create(CultureInfo.InvariantCulture, $"≥ {bound} ×"), (_, ratio) => ratio is { } r ? r >= bound : null);

    public static Target RatioAtMost(double bound) =>
        new(string.Create(CultureInfo.InvariantCulture, $"≤ {bound} ×"), (_, ratio) => ratio is { } r ? r <= bound : null);

    public static Target ValueAtMost(double bound, string unit) =>
        new(string.Create(CultureInfo.InvariantCulture, $"≤ {bound} {unit}"), (value, _) => value is { } v ? v <= bound : null);

    public static Target ValueBelow(double bound, string unit) =>
        new(string.Create(CultureInfo.InvariantCulture, $"< {bound} {unit}"), (value, _) => value is { } v ? v < bound : null);

    public static Target ValueIs(double exactly) =>
        new(string.Create(CultureInfo.InvariantCulture, $"= {exactly}"), (value, _) => value is { } v ? Math.Abs(v - exactly) < 0.5 : null);
}

using System.Collections;
using System.Globalization;
using System.Resources;
using System.Text.Encodings.Web;
using System.Text.Json;
using Ledger.Api.Hosting;

namespace Ledger.Api.Transparency;

/// <summary>
/// The words of a dossier, French or English, and how numbers and months are written in it: fixed here, not taken from the machine, because the
/// dossier's script must write each letter alike wherever it runs.
/// </summary>
internal static class DossierLanguage
{
    private static readonly ResourceManager Own = new("Ledger.Api.Transparency.DossierTexts", typeof(DossierLanguage).Assembly);

    // Of the words of decisions, those that a sentence or a value can have; the script carries them.
    private static readonly string[] OfDecisions =
    [
        "act.", "outcome.", "system.", "sentence.", "format.", "value.", "unit.", "duration.", "category.", "data.", "model.", "channel.", "shift.",
        "level.", "factor.", "decision.fromTo", "decision.before", "decision.separator",
    ];

    private static readonly JsonSerializerOptions Ascii = new() { Encoder = JavaScriptEncoder.Default };

    private static readonly Words French = new(Culture("fr-CA", ",", "\u00A0",
        ["janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"]), Own);

    private static readonly Words English = new(Culture("en-CA", ".", ",",
        ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]), Own);

    /// <summary>The words of a language.</summary>
    /// <param name="language"><c>en</c> for English; all else is French.</param>
    public static Words Of(string language) => string.Equals(language, "en", StringComparison.Ordinal) ? English : French;

    /// <summary>The code of a language as it stands in the page.</summary>
    public static string Tag(Words words) => words.IsFrench ? "fr" : "en";

    /// <summary>Both languages for the script, as a JSON object in ASCII that can stand in HTML.</summary>
    public static string ToScript() => JsonSerializer.Serialize(
        new Dictionary<string, object>(StringComparer.Ordinal) { ["fr"] = Of(French), ["en"] = Of(English) },
        Ascii);

    private static Dictionary<string, object> Of(Words words) => new(StringComparer.Ordinal)
    {
        ["french"] = words.IsFrench,
        ["decimal"] = words.Culture.NumberFormat.NumberDecimalSeparator,
        ["group"] = words.Culture.NumberFormat.NumberGroupSeparator,
        ["months"] = words.Culture.DateTimeFormat.MonthNames[..12],
        ["texts"] = new SortedDictionary<string, string>(Keys().ToDictionary(key => key, key => words[key], StringComparer.Ordinal), StringComparer.Ordinal),
    };

    private static IEnumerable<string> Keys() => KeysOf(Own)
        .Concat(KeysOf(Words.OfDecisions).Where(key => OfDecisions.Any(start => key.StartsWith(start, StringComparison.Ordinal))));

    private static IEnumerable<string> KeysOf(ResourceManager texts) =>
        texts.GetResourceSet(CultureInfo.InvariantCulture, createIfNotExists: true, tryParents: true)!.Cast<DictionaryEntry>().Select(entry => (string)entry.Key);

    private static CultureInfo Culture(string name, string decimalPoint, string group, string[] months)
    {
        var culture = (CultureInfo)CultureInfo.GetCultureInfo(name).Clone();
        culture.NumberFormat = new NumberFormatInfo
        {
            NegativeSign = "-",
            NumberDecimalSeparator = decimalPoint,
            NumberGroupSeparator = group,
            NumberGroupSizes = [3],
            NumberNegativePattern = 1,
        };
        culture.DateTimeFormat.MonthNames = culture.DateTimeFormat.MonthGenitiveNames = [.. months, ""];
        return CultureInfo.ReadOnly(culture);
    }
}

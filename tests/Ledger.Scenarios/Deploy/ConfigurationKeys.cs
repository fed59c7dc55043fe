using System.Reflection;
using System.Text.RegularExpressions;
using Ledger.Api.Access;
using Ledger.Api.Hosting;
using Ledger.Silo.Hosting;
using Ledger.Tests;

namespace Ledger.Scenarios.Deploy;

/// <summary>Every configuration key, from the options the hosts bind; <c>#</c> is the place in a list.</summary>
internal static partial class ConfigurationKeys
{
    public static IReadOnlyList<string> All() =>
        [.. Of(typeof(SiloOptions), SiloOptions.Section).Concat(Of(typeof(ApiOptions), ApiOptions.Section))
            .Concat(Of(typeof(AccessOptions), AccessOptions.Section)).Order(StringComparer.Ordinal)];

    /// <summary>Keys of the table in <c>docs/operator.md</c>.</summary>
    public static IReadOnlyList<string> InOperatorPage() =>
        [.. Row().Matches(Repository.Read("docs", "operator.md")).Select(m => m.Groups["key"].Value).Order(StringComparer.Ordinal)];

    private static IEnumerable<string> Of(Type options, string section)
    {
        foreach (PropertyInfo property in options.GetProperties(BindingFlags.Instance | BindingFlags.Public))
        {
            string key = $"{section}:{property.Name}";
            if (property.PropertyType.IsGenericType && !property.PropertyType.IsValueType)
            {
                Type item = property.PropertyType.GetGenericArguments()[0];
                foreach (string inner in item == typeof(string) ? [$"{key}:#"] : Of(item, $"{key}:#"))
                {
                    yield return inner;
                }
            }
            else if (property.PropertyType.Namespace?.StartsWith("Ledger", StringComparison.Ordinal) == true)
            {
                foreach (string inner in Of(property.PropertyType, key))
                {
                    yield return inner;
                }
            }
            else
            {
                yield return key;
            }
        }
    }

    [GeneratedRegex(@"^\| `(?<key>Ledger:[A-Za-z:#]+)` \|", RegexOptions.CultureInvariant | RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Row();
}

using System.IO.Compression;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Ledger.Api.Access;
using Ledger.Api.Decisions;
using Ledger.Api.Help;
using Ledger.Api.Organisations;
using Ledger.Api.Transparency;
using Ledger.Api.Workers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Ledger.Api.Hosting.Pages;

/// <summary>Puts the pages into an edge.</summary>
internal static class PageHosting
{
    public static void Add(WebApplicationBuilder builder)
    {
        IServiceCollection services = builder.Services;
        services.AddRazorComponents();
        // Every script of Unicode is shown as it is; what is markup is still escaped.
        services.AddSingleton(HtmlEncoder.Create(UnicodeRanges.All));
        services.AddDataProtection().SetApplicationName("ledger").PersistKeysToFileSystem(KeysOf(builder.Configuration));
        // The keys are as safe as the organisations' beside them; the library would say that it wraps them by nothing.
        builder.Logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
        services.AddResponseCompression(compression =>
        {
            compression.EnableForHttps = true;
            compression.MimeTypes = ["text/html"];
            compression.Providers.Add<BrotliCompressionProvider>();
            compression.Providers.Add<GzipCompressionProvider>();
        });
        services.Configure<BrotliCompressionProviderOptions>(brotli => brotli.Level = CompressionLevel.Optimal);
        services.AddSingleton<PageAssets>();
        services.AddSingleton<PageCookies>();
        services.AddSingleton<Spent>();
        services.AddSingleton<PageSession>();
        services.AddSingleton<KeptForms>();
        services.AddSingleton<PageDesk>();
        services.AddSingleton<SignInPages>();
        services.AddSingleton<ReaderPages>();
        services.AddSingleton<DecisionPages>();
        services.AddSingleton<WorkerPages>();
        services.AddSingleton<FilePages>();
        services.AddSingleton<DeskPages>();
        services.AddSingleton<LogPages>();
        services.AddSingleton<UnitPages>();
        services.AddSingleton<RefusedPages>();
        services.AddSingleton<HelpPages>();
#pragma warning disable RS0030 // Ids come from here.
        services.AddSingleton(new NewIds(Guid.NewGuid));
#pragma warning restore RS0030
        PageSignIn.Add(builder);
    }

    /// <summary>What stands before the pages; it touches no call.</summary>
    public static void Use(WebApplication app)
    {
        // The framework would put the same middleware before everything else too: before the address below is set right, and before every call.
        ((IApplicationBuilder)app).Properties["__AuthenticationMiddlewareSet"] = true;
        Uri? address = app.Services.GetRequiredService<IOptions<ApiOptions>>().Value.PublicAddress;
        app.UseWhen(http => IsPage(http.Request.Path), pages =>
        {
            if (address is not null)
            {
                pages.Use((http, next) =>
                {
                    // What ends TLS in front of us asks in clear text; browsers are sent where they can go.
                    (http.Request.Scheme, http.Request.Host) = (address.Scheme, HostString.FromUriComponent(address));
                    return next(http);
                });
            }

            // What another site makes a browser ask for is not compressed: its length would tell what is in it (BREACH).
            pages.UseWhen(http => (string?)http.Request.Headers["Sec-Fetch-Site"] is "same-origin" or "none", same => same.UseResponseCompression());
            pages.UseAuthentication();
        });
    }

    public static void Map(WebApplication app)
    {
        app.MapGet("/", (HttpContext http) =>
        {
            http.Response.Headers.Vary = "Accept-Language";
            http.Response.StatusCode = StatusCodes.Status302Found;
            http.Response.Headers.Location = SiteMap.Start.Url(ReferenceEquals(CallerLanguage.Of(http), CallerLanguage.French));
            return Task.CompletedTask;
        });
        PageAssets assets = app.Services.GetRequiredService<PageAssets>();
        app.MapGet("/assets/{name}", (HttpContext http, string name) => assets.ServeAsync(http, name));
        app.Services.GetRequiredService<SignInPages>().Map(app);
        app.Services.GetRequiredService<ReaderPages>().Map(app);
        app.Services.GetRequiredService<DecisionPages>().Map(app);
        app.Services.GetRequiredService<WorkerPages>().Map(app);
        app.Services.GetRequiredService<FilePages>().Map(app);
        app.Services.GetRequiredService<DeskPages>().Map(app);
        app.Services.GetRequiredService<LogPages>().Map(app);
        app.Services.GetRequiredService<UnitPages>().Map(app);
        app.Services.GetRequiredService<RefusedPages>().Map(app);
        app.Services.GetRequiredService<HelpPages>().Map(app);
    }

    private static bool IsPage(PathString path) =>
        path.StartsWithSegments("/fr", StringComparison.Ordinal) || path.StartsWithSegments("/en", StringComparison.Ordinal)
        || path.Value?.StartsWith(PageSignIn.Return, StringComparison.Ordinal) == true;

    private static DirectoryInfo KeysOf(ConfigurationManager configuration) => new(
        configuration[$"{ApiOptions.Section}:{nameof(ApiOptions.SessionKeysDirectory)}"]
        ?? Path.Combine(configuration["Ledger:KeysDirectory"] ?? Path.Combine(configuration["Ledger:DataDirectory"] ?? "data", "keys"), "sessions"));
}

// A soft contact shadow and the ring in the colour of the person.
in vec2 at;
flat in vec3 tone;
uniform vec2 foot_radius;
out vec4 color;

void main() {
    float r = length(at), soft = fwidth(r);
    float shade = 0.55 * exp(-r * r * 4.5) * (1.0 - smoothstep(0.8, 1.0, r));
    float ring = 1.0 - smoothstep(0.045, 0.045 + soft, abs(r - foot_radius.y / foot_radius.x));
    vec3 display = pow(tone, vec3(1.0 / 2.2));
    color = vec4(mix(vec3(0.05, 0.05, 0.06), display, ring), max(shade, ring * 0.85));
}
